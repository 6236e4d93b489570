import { ask, askJson } from "./api.js";
import { byId, h } from "./dom.js";
import { eventsOf } from "./events.js";

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

/** A job in one line. @param {any} job */
export function progress(job) {
  const what = job.kind === "add" ? "Indexing" : "Looking for duplicates";
  const bar = h("progress", job.total ? { max: job.total, value: job.done, "aria-label": what } : { "aria-label": what });
  const count = job.total ? `${job.done} of ${job.total}` : job.state === "queued" ? "waiting" : "";
  return h("span.progress", {}, h("span", {}, what), bar, h("span.faint", {}, count));
}
