/** What the reader may do, as the service says; set when the page starts. */
export const rights = { change: false };
