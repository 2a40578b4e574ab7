// Hold-to-run buttons: a jog runs from press to release. It also ends when the page loses focus, page or line close.
const ALIVE_PERIOD = 100; // ms between two signs of life; the cell ends a jog after 300 ms without one
let held = null;

export function release() {
  if (!held) return;
  const hold = held;
  held = null;
  clearInterval(hold.timer);
  hold.button.classList.remove("held");
  if (hold.job) hold.line.ask("jog_end", { job: hold.job });
}

export function ended(job) {
  if (held && held.job === job) release();
}

async function press(button, line, jog, refused) {
  release();
  const hold = { button, line, job: null, timer: null };
  held = hold;
  button.classList.add("held");
  const answer = await line.ask("jog", jog());
  if (answer.refused) {
    refused(answer.says);
    if (held === hold) release();
    return;
  }
  hold.job = answer.answer.job;
  if (held !== hold) {
    line.ask("jog_end", { job: hold.job }); // released before the cell had answered
    return;
  }
  line.alive(hold.job);
  hold.timer = setInterval(() => line.alive(hold.job), ALIVE_PERIOD);
}

export function holdable(button, line, jog, refused) {
  const begin = () => { if (!button.disabled) press(button, line(), jog, refused); };
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.focus();
    event.preventDefault();
    begin();
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(end, release);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") release();
  });
}

window.addEventListener("blur", release);
window.addEventListener("pagehide", release);
window.addEventListener("pointerup", release);
document.addEventListener("visibilitychange", () => { if (document.hidden) release(); });
