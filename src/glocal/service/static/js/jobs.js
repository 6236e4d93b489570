import { ask, askJson, send } from "./api.js";
import { byId, h } from "./dom.js";
import { eventsOf } from "./events.js";
import { complain } from "./notice.js";
import { rights } from "./rights.js";

/** @type {Set<string>} */
const followed = new Set();

/**
 * Follow a job to its end.
 * @param {any} job
 * @param {(job: any) => void} onProgress
 * @returns {Promise<any>} the job when it is over
 */
export async function follow(job, onProgress) {
  const response = await ask(`/jobs/${job.id}/events`);
  let last = job;
  for await (const { data } of eventsOf(response)) onProgress((last = data));
  return last;
}

/** Show in the page's bar what is going on, and call back when it is over. @param {() => void} onOver */
export async function watchJobs(onOver) {
  const { jobs } = await askJson("/jobs");
  for (const job of jobs.filter((one) => ["queued", "running"].includes(one.state))) watchJob(job, onOver);
}

/** @param {any} job @param {() => void} onOver */
export async function watchJob(job, onOver) {
  if (followed.has(job.id)) return;
  followed.add(job.id);
  const line = h("div.job", {});
  byId("activity").append(line);
  byId("activity").hidden = false;
  try {
    await follow(job, (now) => line.replaceChildren(progress(now)));
  } catch {
    // The page of the job tells more; here it is only a hint.
  }
  followed.delete(job.id);
  line.remove();
  byId("activity").hidden = !byId("activity").children.length;
  onOver();
}

/** A job in one line: what it does, how far it is, since when. @param {any} job */
export function progress(job) {
  const kinds = { add: "Indexing", duplicates: "Looking for duplicates", albums: "Sorting into albums", maintenance: "Maintenance:" };
  const what = [kinds[job.kind], job.what].filter(Boolean).join(" ");
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
  return h("button", { type: "button", onclick: () => send("DELETE", `/jobs/${job.id}`).catch(complain) }, "Stop");
}
