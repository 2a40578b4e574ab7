// The commissioning page. Every text of the cell is inserted as text, never as HTML.
import { Card, DEGREE, make, put } from "/devices.js";
import { ended, release } from "/hold.js";
import { Line, forget, logIn, logOut } from "/line.js";

const JOB = ["accepted", "waiting", "running", "suspended", "being cancelled", "done", "FAILED", "cancelled"];
const TASK = { 1: "idle: no program is loaded", 2: "ready", 3: "running" };
const STEPS = [["", "until released"], ["0.001,0.1", "step 1 mm or 0.1°"], ["0.01,1", "step 10 mm or 1°"], ["0.05,5", "step 50 mm or 5°"]];
const MAX_SPEED = 250; // mm/s
const RECONNECT = 1000; // ms until the next attempt to connect

const at = (id) => document.getElementById(id);
const state = { line: null, me: null, owner: {}, cards: {}, alarms: new Map(), jobs: new Map(), task: {}, cell: null };

const commanding = () => Boolean(state.line?.open && state.me && state.owner.session && state.owner.session === state.me.session);
const mayCommand = () => Boolean(state.me && !state.me.readonly && state.me.role !== "observer");
const say = (text) => put(at("said"), text);

async function act(button, request, values = {}) {
  const answer = await state.line.ask(request, values);
  say(answer.refused ? `Refused: ${answer.says}` : `${button.textContent}: accepted`);
  return answer;
}

const page = {
  line: () => state.line,
  say: (text) => say(`Refused: ${text}`),
  act,
  choices(turns) {
    const [distance, angle] = at("step").value ? at("step").value.split(",").map(Number) : [0, 0];
    return { frame: at("frame").value, speed: Number(at("speed").value) / 100, step: turns ? angle * DEGREE : distance };
  },
};

// --- log-in ------------------------------------------------------------------------------------------------------

function showLogin(message = "") {
  release();
  forget();
  at("page").hidden = true;
  at("login").hidden = false;
  put(at("login-said"), message);
  at("name").focus();
}

at("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  put(at("login-said"), "Checking…");
  let status = 0;
  try {
    status = await logIn(at("name").value, at("password").value);
  } catch {
    put(at("login-said"), "The page's server does not answer.");
    return;
  }
  at("password").value = "";
  if (status === 200) return connect();
  put(at("login-said"), "Log-in refused: wrong name or password, or too many attempts. After several failures you have to wait.");
});

at("logout").addEventListener("click", async () => {
  await logOut();
  showLogin("Logged out.");
});

// --- the line ----------------------------------------------------------------------------------------------------

function connect() {
  const line = new Line((message) => receive(line, message), (code) => closed(line, code));
  state.line = line;
}

function closed(line, code) {
  if (line !== state.line) return;
  release();
  if (code === 4003) return showLogin();
  if (code === 4001) return; // the message "ended" gave the reason
  put(at("link"), "CONNECTION LOST: no button of this page works, the stop button included. Use the cell's emergency stop.");
  at("link").className = "banner error";
  state.owner = {};
  draw();
  setTimeout(connect, RECONNECT);
}

function receive(line, message) {
  if (line !== state.line) return;
  if (message.kind === "hello") return begin(message);
  if (message.kind === "ended") return showLogin(`The session has ended: ${message.why}.`);
  for (const item of message.news) APPLY[item.kind]?.(item);
  draw();
}

function begin(hello) {
  state.me = hello;
  state.alarms.clear();
  state.jobs.clear();
  at("login").hidden = true;
  at("page").hidden = false;
  put(at("link"), "Connected to the cell.");
  at("link").className = "";
  const cell = hello.cell;
  const paths = { direct: "simulated", wire: "simulated, over each vendor's protocol", live: "LIVE DEVICES" };
  put(at("title"), cell.title);
  put(at("where"), paths[cell.path] ?? cell.path);
  put(at("who"), hello.readonly ? "not logged in: this page only shows" : `${hello.user} (${hello.role})`);
  at("logout").hidden = hello.readonly;
  at("stop").disabled = hello.readonly;
  if (hello.readonly) put(at("stop-said"), "Started with --insecure-loopback: this page cannot command or stop anything.");
  if (state.cell && JSON.stringify(state.cell) === JSON.stringify(cell)) return;
  state.cell = cell;
  build(cell, hello.view);
}

function build(cell, view) {
  state.cards = {};
  at("devices").replaceChildren();
  at("programs").replaceChildren();
  for (const device of cell.devices) {
    state.cards[device.role] = new Card(device, page);
    at("devices").append(state.cards[device.role].root);
  }
  for (const name of cell.programs) {
    const run = make("button", `Run ${name}`);
    run.addEventListener("click", () => act(run, "run_program", { name }));
    at("programs").append(run);
  }
  for (const [text, request] of [["Suspend", "suspend"], ["Resume", "resume"], ["End the program", "cancel"]]) {
    const button = make("button", text);
    button.dataset.request = request;
    button.addEventListener("click", () => programJob() && act(button, request, { job: programJob().id }));
    at("programs").append(button);
  }
  at("view").hidden = !view;
  at("view").querySelector("iframe")?.remove();
  if (view) {
    at("view-link").href = view;
    const frame = make("iframe");
    frame.title = "The cell in 3D";
    frame.tabIndex = -1;
    frame.src = view;
    at("view").append(frame);
  }
}

// This page keeps the keyboard, so that Esc always stops: a click into the view does not take the focus.
window.addEventListener("blur", () => setTimeout(() => {
  if (document.activeElement?.tagName === "IFRAME") {
    document.activeElement.blur();
    window.focus();
  }
}));

// --- news of the cell -------------------------------------------------------------------------------------------

const APPLY = {
  readings: (item) => state.cards[item.device]?.readings(item.values),
  operation: (item) => { if (state.cards[item.device]) state.cards[item.device].operation = item; },
  owner: (item) => { state.owner = item; if (!commanding()) release(); },
  task: (item) => { state.task = item; },
  production: (item) => {
    const figures = Object.entries(item).filter(([name, value]) => name !== "kind" && typeof value === "number");
    put(at("production"), figures.map(([name, value]) => `${name.replaceAll("_", " ")}: ${Number(value.toPrecision(4))}`).join(", "));
  },
  alarm: (item) => {
    state.alarms.set(item.name, item);
    state.cards[item.device]?.alarms.set(item.name, item);
  },
  job: (item) => {
    state.jobs.set(item.id, item);
    if (item.state >= 5) ended(item.id);
    const card = state.cards[item.device];
    if (card && item.state === 6) card.error = `${time(item.ended)} ${item.command}: ${item.reason}`;
  },
  trouble: (item) => say(item.what),
};

const time = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleTimeString() : "");
const programJob = () => [...state.jobs.values()].reverse().find((job) => !job.device && job.state < 5);

function draw() {
  const mine = commanding();
  const owner = state.owner.user;
  put(at("owner"), mine ? "You have command." : owner ? `Command is held by ${owner}${owner === state.me?.user ? " in another session" : ""}.` : "No user has command.");
  at("take").disabled = !mayCommand() || mine || Boolean(owner) || !state.line?.open;
  at("give").disabled = !mine;
  at("break").hidden = state.me?.role !== "admin";
  at("break").disabled = !owner || mine;
  for (const card of Object.values(state.cards)) card.show(mine);
  const job = programJob();
  for (const button of at("programs").children) {
    const request = button.dataset.request;
    button.disabled = !mine || (request ? !job : Boolean(job)) || (request === "resume" && !state.task.suspended)
      || (request === "suspend" && Boolean(state.task.suspended));
  }
  const suspended = state.task.suspended ? ", suspended" : "";
  put(at("task"), `Program ${state.task.loaded || "(none loaded)"}: ${TASK[state.task.state] ?? "unknown"}${suspended}`);
  drawAlarms();
  drawJobs();
}

function drawAlarms() {
  const shown = [...state.alarms.values()].filter((alarm) => alarm.active || !alarm.acknowledged)
    .sort((a, b) => b.severity - a.severity);
  const mark = JSON.stringify([shown, mayCommand()]);
  if (at("alarms").dataset.mark === mark) return;
  at("alarms").dataset.mark = mark;
  at("alarms").replaceChildren(...(shown.length ? shown.map(alarmRow) : [make("li", "No alarm.")]));
}

function alarmRow(alarm) {
  const row = make("li", "", alarm.active ? "active" : "");
  const acknowledged = alarm.acknowledged ? `acknowledged${alarm.by ? ` by ${alarm.by}` : ""}` : "not acknowledged";
  const status = alarm.active ? "ACTIVE" : "no longer active";
  row.append(make("span", `${status}: ${alarm.device}: ${alarm.message} (since ${time(alarm.since)}, ${acknowledged})`));
  if (!alarm.acknowledged) {
    const button = make("button", "Acknowledge");
    button.setAttribute("aria-label", `Acknowledge ${alarm.name}`);
    button.disabled = !mayCommand();
    button.addEventListener("click", () => act(button, "acknowledge", { alarm: alarm.name }));
    row.append(button);
  }
  return row;
}

function drawJobs() {
  const shown = [...state.jobs.values()].slice(-15).reverse();
  const mark = JSON.stringify(shown.map((job) => [job.id, job.state]));
  if (at("jobs").dataset.mark === mark) return;
  at("jobs").dataset.mark = mark;
  at("jobs").replaceChildren(...shown.map((job) => {
    const reason = job.reason ? ` (${job.reason})` : "";
    const command = job.command === "Jog" ? `Jog ${job.arguments.direction < 0 ? "−" : "+"}${job.arguments.axis}` : job.command;
    return make("li", `${time(job.submitted)} ${job.client}: ${job.device || "all"}: ${command} ${JOB[job.state]}${reason}`, job.state === 6 ? "failed" : "");
  }));
}

// --- buttons -------------------------------------------------------------------------------------------------------

async function stop() {
  if (!state.line || at("page").hidden || at("stop").disabled) return;
  release();
  put(at("stop-said"), "Stopping…");
  const answer = await state.line.stop();
  const now = new Date().toLocaleTimeString();
  put(at("stop-said"), answer.refused ? `THE STOP DID NOT REACH EVERYTHING: ${answer.says}. Use the emergency stop.` : `Stopped at ${now}.`);
}

at("stop").addEventListener("pointerdown", stop);
at("stop").addEventListener("click", (event) => { if (event.detail === 0) stop(); }); // by the keyboard
window.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.repeat) stop();
}, true);
at("take").addEventListener("click", () => act(at("take"), "request_control"));
at("give").addEventListener("click", () => act(at("give"), "release_control"));
at("break").addEventListener("click", () => act(at("break"), "break_control"));
at("step").replaceChildren(...STEPS.map(([value, text]) => Object.assign(make("option", text), { value })));
const showSpeed = () => put(at("speed-said"), `${Math.round((MAX_SPEED * at("speed").value) / 100)} mm/s`);
at("speed").addEventListener("input", showSpeed);
showSpeed();

// A page without log-in only shows the cell. The first message of the line states whether there is a log-in.
connect();
