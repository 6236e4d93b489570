import { HOME } from "./address.js";
import { askForToken } from "./session.js";

const ROOT = `${HOME}api/v1`;
const MOST_RETRIES = 8;

/** What went wrong, in words for people. */
export class Problem extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * Ask the server. Waits and asks again while it is busy, and asks the reader for a token when one is needed.
 * @param {string} path below the API's root
 * @param {RequestInit} [options]
 * @param {() => void} [onBusy] called when the server said "later"
 * @returns {Promise<Response>}
 */
export async function ask(path, options = {}, onBusy = () => {}) {
  for (let attempt = 0; ; attempt += 1) {
    let response;
    try {
      response = await fetch(ROOT + path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem(0, "The server does not answer. Is it still running?");
    }
    if (response.ok) return response;
    if (response.status === 401 && path !== "/session") {
      await askForToken();
    } else if (response.status === 429 && attempt < MOST_RETRIES) {
      onBusy();
      const seconds = Number(response.headers.get("Retry-After")) || 1;
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds * (0.5 + Math.random())));
    } else {
      throw await problemOf(response);
    }
    options.signal?.throwIfAborted();
  }
}

/** @param {string} path @param {RequestInit} [options] */
export const askJson = async (path, options) => (await ask(path, options)).json();

/**
 * Send JSON.
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 */
export const send = (method, path, body) =>
  askJson(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });

/**
 * Upload a photo to search with.
 * @param {Blob} photo
 * @param {AbortSignal} [signal]
 * @returns {Promise<{view: string, width: number, height: number}>}
 */
export function upload(photo, signal) {
  const body = new FormData();
  body.append("photo", photo, "photo");
  return askJson("/queries", { method: "POST", body, signal });
}

/**
 * Size of a view in pixels.
 * @param {string} collection
 * @param {string} view
 * @returns {Promise<{width: number, height: number, name?: string}>}
 */
export function sizeOf(collection, view) {
  const [kind, id] = view.split(":");
  return askJson(kind === "upload" ? `/queries/${id}` : `/collections/${collection}/photos/${id}`);
}

/**
 * Address of a picture of a view, or of a photo's thumbnail.
 * @param {string} collection
 * @param {string} view
 * @param {320|640|1600} [size]
 */
export function pictureOf(collection, view, size = 1600) {
  const [kind, id] = view.split(":");
  const place = kind === "upload" ? `/queries/${id}` : `/collections/${collection}/photos/${id}`;
  return `${ROOT}${place}/picture?size=${size}`;
}

/**
 * Address of a heat map.
 * @param {string} collection
 * @param {string} view
 * @param {string|null} [region]
 */
export function heatOf(collection, view, region) {
  const query = new URLSearchParams({ view, size: "640", ...(region ? { region } : {}) });
  return `${ROOT}/collections/${collection}/attention?${query}`;
}

/** Address of anything else of the API. @param {string} path */
export const addressOf = (path) => ROOT + path;

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, body.detail || `The server answered ${response.status}.`);
}
