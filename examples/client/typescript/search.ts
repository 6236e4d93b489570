// Search a running glocal service, in types made from its description.
//
//     npm install && npm run describe && npm run build
//     node built/search.js ../../photos/stitch_kayak/kayak_02.jpg
//
// The token, if the service needs one, is taken from GLOCAL_TOKEN, its address from GLOCAL_URL.

import { openAsBlob } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const token = process.env.GLOCAL_TOKEN;
const client = createClient<paths>({
  baseUrl: process.env.GLOCAL_URL ?? "http://127.0.0.1:8000",
  ...(token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
});

/** Return what was answered, or throw what the service says was wrong. */
function answered<T>(got: { data?: T; error?: components["schemas"]["ProblemDocument"] }): T {
  if (got.data === undefined) throw new Error(got.error?.detail ?? "The service did not answer.");
  return got.data;
}

const file = process.argv[2] ?? "";
const form = new FormData();
form.append("photo", await openAsBlob(file), file);
// Files are strings in these types; the serializer sends the photo itself.
const query = answered(await client.POST("/api/v1/queries", { body: { photo: file }, bodySerializer: () => form }));

const { collections } = answered(await client.GET("/api/v1/collections"));
const collection = collections[0]?.name ?? "";
const found = answered(
  await client.GET("/api/v1/collections/{collection}/search", {
    params: { path: { collection }, query: { view: [query.view], top: 10 } },
  }),
);
for (const { photo, verdict, probability } of found.hits) {
  console.log(`${photo.name}  ${verdict}  ${probability === null ? "" : `${(100 * probability).toFixed(1)} %`}`);
}
