import { askJson, send } from "./api.js";
import { changed } from "./changes.js";
import { inCollection } from "./collections.js";
import { byId, h } from "./dom.js";
import { complain } from "./notice.js";
import { rights } from "./rights.js";

const LOOK_MS = 700;
const COUNT_MS = 5000;
const OVER = ["done", "failed", "cancelled"];

/**
 * Who follows which job. All of them share one look at the jobs: a browser holds six connections to a server, of all
 * its windows together, and one that waits for each job would leave none for the photos.
 * @type {Map<string, {onProgress: (job: any) => void, resolve: (job: any) => void, reject: (error: Error) => void}[]>}
 */
const followers = new Map();
let isLooking = false;

/** @type {Set<string>} */
const watched = new Set();

/**
 * Follow a job to its end, also while the server is away for a moment.
 * @param {any} job
 * @param {(job: any) => void} onProgress
 * @returns {Promise<any>} the job when it is over
 */
export function follow(job, onProgress) {
  return new Promise((resolve, reject) => {
    followers.set(job.id, [...(followers.get(job.id) ?? []), { onProgress, resolve, reject }]);
    if (!isLooking) lookAgainAndAgain();
  });
}

async function lookAgainAndAgain() {
  isLooking = true;
  while (followers.size) {
    const latest = await askJson("/jobs").then(({ jobs }) => jobs, () => null);
    for (const id of latest ? [...followers.keys()] : []) {
      try {
        tell(id, latest.find((job) => job.id === id) ?? await askJson(`/jobs/${id}`));
      } catch (error) {
        if (error.status === 404) leave(id).forEach(({ reject }) => reject(error));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  isLooking = false;
}

function tell(id, job) {
  if (isOver(job)) leave(id).forEach(({ resolve }) => resolve(job));
  else for (const { onProgress } of followers.get(id)) onProgress(job);
}

/** Those who followed a job, and do no more. */
function leave(id) {
  const those = followers.get(id);
  followers.delete(id);
  return those;
}

/** @param {any} job */
export const isOver = (job) => OVER.includes(job.state);

/** Show in the page's bar what is going on. */
export async function watchJobs() {
  const { jobs } = await askJson("/jobs");
  for (const job of jobs.filter((one) => !isOver(one))) watchJob(job);
}

/** @param {any} job */
export async function watchJob(job) {
  if (watched.has(job.id)) return;
  watched.add(job.id);
  const line = h("div.job", {});
  byId("activity").append(line);
  byId("activity").hidden = false;
  let counted = Date.now();
  try {
    const last = await follow(job, (now) => {
      line.replaceChildren(progress(now));
      if (Date.now() - counted < COUNT_MS) return;
      counted = Date.now();
      changed();
    });
    if (last.state === "cancelled") setTimeout(changed, COUNT_MS); // what it is at is kept a moment later
  } catch {
    // The page of the job tells more; here it is only a hint.
  }
  watched.delete(job.id);
  line.remove();
  byId("activity").hidden = !byId("activity").children.length;
  changed();
}

/** A job in one line: what it does, and where, how far it is, since when. @param {any} job */
export function progress(job) {
  const kinds = { add: "Indexing", duplicates: "Looking for duplicates", albums: "Sorting into albums", maintenance: "Maintenance:" };
  const what = [kinds[job.kind], job.what, inCollection(job.collection)].filter(Boolean).join(" ");
  const bar = h("progress", job.total ? { max: job.total, value: job.done, "aria-label": what } : { "aria-label": what });
  const part = job.total ? `${job.done} of ${job.total}, ${Math.floor((100 * job.done) / job.total)} %` : job.state === "queued" ? "waiting" : "";
  return h("span.progress", {}, h("span", {}, what), bar, h("span.faint", {}, [part, `since ${timeOf(job.created)}`].filter(Boolean).join(", ")));
}

/**
 * Begin a job, or go on with one that runs, and show how far it is until it is over.
 * @param {string} where what begins it
 * @param {any} running the job that runs, if one does
 * @param {HTMLElement} box what it is shown in
 * @param {Node[]} head what stands above it
 * @returns {Promise<any>} the job as it ended
 */
export async function runJob(where, running, box, head = []) {
  const job = running ?? await send("POST", where);
  box.replaceChildren(...head, progress(job), ...[stopButton(job)].filter(Boolean));
  return follow(job, (now) => box.querySelector(".progress")?.replaceWith(progress(now)));
}

/** When something was, as a time of the day, with the day if it was another. @param {number} seconds since 1970 */
export function timeOf(seconds) {
  const then = new Date(1000 * seconds);
  const today = then.toDateString() === new Date().toDateString();
  return then.toLocaleString("en-GB", { ...(today ? {} : { dateStyle: "medium" }), timeStyle: "short" });
}

/** A button that stops a job; none for readers who may not. @param {any} job */
export function stopButton(job) {
  if (!rights.change) return null;
  const stop = () => {
    button.disabled = true;
    button.textContent = "Stopping…"; // after the photo it is at
    send("DELETE", `/jobs/${job.id}`).catch((error) => {
      button.disabled = false;
      button.textContent = "Stop";
      complain(error);
    });
  };
  const button = /** @type {HTMLButtonElement} */ (h("button", { type: "button", onclick: stop }, "Stop"));
  return button;
}
