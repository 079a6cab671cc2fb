// Keeps the list up to date. Without it, the list is as fresh as the last reload.

const table = document.querySelector("#requests");
if (table) {
  const live = document.querySelector("#live");
  const rows = table.querySelector("tbody");
  const most = Number(table.dataset.most);
  let last = Number(live.dataset.after);
  let untold = [];
  let timer;

  const tell = (text) => {
    live.textContent = text;
  };

  // Many requests at once make one announcement.
  const announce = (request) => {
    untold.push(request);
    timer ??= setTimeout(() => {
      const { outcome, endpoint, status } = untold.at(-1);
      const latest = `${outcome} ${status}${endpoint && `, ${endpoint}`}`;
      tell(untold.length === 1 ? `New: ${latest}.` : `${untold.length} new, the latest: ${latest}.`);
      untold = [];
      timer = undefined;
    }, 300);
  };

  const add = (request) => {
    if (request.number <= last) return;
    last = request.number;
    const template = document.createElement("template");
    template.innerHTML = request.row;
    template.content.firstElementChild.classList.add("new");
    rows.prepend(template.content);
    while (rows.rows.length > most) rows.rows[most].remove();
    table.hidden = false;
    document.querySelector("#none").hidden = true;
    announce(request);
  };

  const source = new EventSource(`/events?rows&after=${last}`);
  source.addEventListener("open", () => tell("New requests appear by themselves."));
  source.addEventListener("message", (event) => add(JSON.parse(event.data)));
  source.addEventListener("end", () => {
    source.close();
    tell("The server has ended. What you see is gone when you leave this page.");
  });
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.OPEN) tell("Not connected to the server at present.");
  });
  // A page that is left must not count as one that is open.
  addEventListener("pagehide", () => source.close());
  // The list that the back button brings may be old.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
