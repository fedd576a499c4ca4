import { expect, test } from 'vitest';
import { Session } from '../src/core/session.svelte';
import { problem, wire } from './wire';

const SIGNED_IN = { signedIn: { site: 'https://ward.example.org', user: 'asha', photoToken: 't', notice: null }, site: 'https://ward.example.org' };

function filled(): Session {
  const session = new Session();
  session.site = ' https://ward.example.org ';
  session.user = 'asha ';
  session.password = 'new password';
  return session;
}

test('asha’s password was changed elsewhere: the previous one is asked for once, then both are forgotten', async () => {
  const asked = wire({
    sign_in: (args) => {
      const given = Object.values(args)[0] as { previousPassword: string | null };
      if (given.previousPassword === null) throw problem('Enter the previous password too.', 'previousPasswordNeeded');
      if (given.previousPassword === 'wrong') throw problem('That is not the previous password.', 'wrongPassword');
      return SIGNED_IN;
    },
  });
  const session = filled();
  await session.signIn();
  expect([session.previousNeeded, session.problem]).toEqual([true, 'Enter the previous password too.']);
  session.previousPassword = 'wrong';
  await session.signIn();
  expect(session.faultyField).toBe('previousPassword');
  session.previousPassword = 'old password';
  await session.signIn();
  expect(session.signedIn?.user).toBe('asha');
  expect(Object.values(asked[2]?.args ?? {})[0]).toEqual({
    site: 'https://ward.example.org', user: 'asha', password: 'new password', previousPassword: 'old password',
  });
  expect([session.password, session.previousPassword, session.previousNeeded]).toEqual(['', '', false]);
});

test('what is missing is said without asking anybody', async () => {
  const asked = wire({});
  const session = new Session();
  await session.signIn();
  expect(session.problem).toMatch(/address of your city/);
  expect(asked).toEqual([]);
});

test('the first sign-in without a network says what it needs', async () => {
  wire({
    sign_in: () => {
      throw problem('The first sign-in on this laptop needs a network.', 'firstSignInNeedsNetwork');
    },
  });
  const session = filled();
  await session.signIn();
  expect(session.problem).toBe('The first sign-in on this laptop needs a network.');
  expect(session.signedIn).toBeNull();
});
