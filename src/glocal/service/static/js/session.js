import { HOME } from "./address.js";
import { h } from "./dom.js";

let asking = null;

/** Ask the reader for a token, once however many requests need it; resolves when the server took it. */
export function askForToken() {
  asking ??= show().finally(() => (asking = null));
  return asking;
}

function show() {
  return new Promise((resolve) => {
    const input = h("input", { type: "password", autocomplete: "current-password", required: true, id: "token" });
    const wrong = h("p.wrong", { role: "alert" });
    const dialog = h(
      "dialog.ask",
      { "aria-labelledby": "ask-title" },
      h("form", { onsubmit: (event) => take(event, input, wrong, dialog, resolve) },
        h("h2", { id: "ask-title" }, "This collection is protected"),
        h("label", { for: "token" }, "Token from whoever runs it"),
        input,
        wrong,
        h("button.main", { type: "submit" }, "Open"),
      ),
    );
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function take(event, input, wrong, dialog, resolve) {
  event.preventDefault();
  const options = { method: "POST", headers: { "Content-Type": "application/json" } };
  const response = await fetch(`${HOME}api/v1/session`, { ...options, body: JSON.stringify({ token: input.value }) });
  if (response.ok) {
    dialog.close();
    dialog.remove();
    resolve(undefined);
  } else {
    const { detail } = await response.json().catch(() => ({}));
    wrong.textContent = response.status === 401 ? "That token is not known here." : detail ?? `The server answered ${response.status}.`;
    input.select();
  }
}
