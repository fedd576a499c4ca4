// A citizen's phone. One JSON question per line on standard input, one JSON answer per line on standard output;
// it ends with its input. It keeps its reports in memory and meets the server only when told to.
import { createInterface } from "node:readline";
import PouchDB from "pouchdb-core";
import http from "pouchdb-adapter-http";
import memory from "pouchdb-adapter-memory";
import replication from "pouchdb-replication";

PouchDB.plugin(http).plugin(memory).plugin(replication);

const [address, username, password] = process.argv.slice(2);
const server = new PouchDB(address, { auth: { username, password }, skip_setup: true });
const own = new PouchDB("reports", { adapter: "memory" });

const answers = {
  file: (report) => own.put(report),
  send: async () => (await own.replicate.to(server, { retry: false })).docs_written,
  fetch: async () => (await own.replicate.from(server, { retry: false })).docs_written,
  list: async () => (await own.allDocs({ include_docs: true, conflicts: true })).rows.map((row) => row.doc),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, what } = JSON.parse(line);
  const answer = await answers[ask](what).then(
    (ok) => ({ ok }),
    (error) => ({ error: `${error.name ?? "Error"}: ${error.reason ?? error.message}` }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
