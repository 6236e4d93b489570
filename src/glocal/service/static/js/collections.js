/** The names of all collections, as the service says; set when the page starts. @type {string[]} */
export const collections = [];

/** What says which collection something is about; nothing where there is one. @param {string} name */
export const inCollection = (name) => (collections.length > 1 ? `in ${name}` : "");
