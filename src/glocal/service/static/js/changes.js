/** Called when photos came, changed or went by what was done here. @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} listener */
export const onChange = (listener) => listeners.add(listener);

/** Say that the collection is another now. */
export const changed = () => listeners.forEach((listener) => listener());
