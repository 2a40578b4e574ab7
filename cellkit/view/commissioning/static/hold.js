// Press and hold: a jog lives from press to release. It ends with the finger, the key, the focus, the page or the line.
const BEAT = 100; // ms between two signs of life; the cell ends a jog after 300 ms without one
let held = null;

export function release() {
  if (!held) return;
  const one = held;
  held = null;
  clearInterval(one.beat);
  one.button.classList.remove("held");
  if (one.job) one.line.ask("jog_end", { job: one.job });
}

export function ended(job) {
  if (held && held.job === job) release();
}

async function press(button, line, what, told) {
  release();
  const one = { button, line, job: null, beat: null };
  held = one;
  button.classList.add("held");
  const answer = await line.ask("jog", what());
  if (answer.refused) {
    told(answer.says);
    if (held === one) release();
    return;
  }
  one.job = answer.answer.job;
  if (held !== one) {
    line.ask("jog_end", { job: one.job }); // released before the cell had answered
    return;
  }
  line.alive(one.job);
  one.beat = setInterval(() => line.alive(one.job), BEAT);
}

export function holdable(button, line, what, told) {
  const begin = () => { if (!button.disabled) press(button, line(), what, told); };
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
