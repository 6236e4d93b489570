/** What the reader may do, as the service says; set when the page starts. Photos of a copy are changed elsewhere. */
export const rights = { change: false, photos: false };
