/** Saves what was chosen from a list. When it cannot be saved, the list goes back to what is. */
export async function choose(list: HTMLSelectElement, save: (value: string) => Promise<boolean>, saved: () => string) {
  // A list that is gone has nothing to show.
  if (!(await save(list.value)) && list.isConnected) list.value = saved();
}
