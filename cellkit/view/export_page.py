"""Panel, style and script of an exported page. The script is the clock, and sets the moment of viser's player.

The script sets the moment through the number field of viser's own bar, which the style makes invisible. A test plays a
page in a browser.
"""

STYLE = """
html,body{margin:0;height:100%;overflow:hidden;background:#fff}
#root{position:fixed!important;left:0;top:0;width:calc(100% - 24rem);height:100%;transform:translateZ(0)}
#root [class*="Paper"]:has(.mantine-NumberInput-input){opacity:0;pointer-events:none}
#ck{position:fixed;right:0;top:0;width:24rem;height:100%;box-sizing:border-box;padding:.6rem .8rem;overflow:hidden;
display:flex;flex-direction:column;gap:.4rem;border-left:1px solid #c3ccd4;background:#fff;color:#1b1f24;
font:13px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
#ck h1{font-size:15px;margin:0} #ck h2{font-size:13px;margin:.3rem 0 0} #ck p{margin:0} #ck .sub{color:#4a5360}
#ck-state{padding:.25em .5em;border-left:4px solid #1a7f4b;background:#eef8f2}
#ck-state.bad{border-color:#b00020;background:#fdecee;font-weight:600}
#ck .row{display:flex;gap:.35rem;flex-wrap:wrap;align-items:center}
#ck button,#ck select{font:inherit;padding:.2rem .6rem;border:1px solid #2b6cb0;border-radius:3px;background:#fff;
color:#1b3f66;cursor:pointer}
#ck button:focus-visible,#ck select:focus-visible,#ck input:focus-visible{outline:3px solid #1b3f66;outline-offset:1px}
#ck-line{width:100%;margin:0}
#ck-events{flex:1;min-height:4rem;overflow-y:auto;margin:0;padding:0;list-style:none;border:1px solid #e5e8eb}
#ck-events button{display:block;width:100%;text-align:left;border:0;border-bottom:1px solid #e5e8eb;border-radius:0;
padding:.1rem .4rem;color:inherit}
#ck-events .bad button{border-left:4px solid #b00020;font-weight:600}
#ck-events [aria-current] button{background:#fff0b8}
#ck-program{margin:0;font:12px/1.5 ui-monospace,monospace;white-space:pre-wrap;min-height:1.5em}
@media (max-width:56rem){#root{width:100%;height:55%}#ck{width:100%;height:45%;top:auto;bottom:0;border-left:0;
border-top:1px solid #c3ccd4}}
"""

PANEL = """
<aside id="ck" aria-label="The recorded run">
<h1 id="ck-title"></h1><p class="sub" id="ck-sub"></p>
<div id="ck-state" role="status"></div>
<div class="row"><button id="ck-play" type="button">Play</button><button id="ck-back" type="button">Step back</button>
<button id="ck-step" type="button">Step</button><button id="ck-prev" type="button">Previous event</button>
<button id="ck-next" type="button">Next event</button>
<label>Speed <select id="ck-speed"><option>0.1</option><option>0.25</option><option>0.5</option>
<option selected>1</option><option>2</option><option>5</option><option>10</option></select></label></div>
<label for="ck-line">Time <output id="ck-time"></output></label>
<input id="ck-line" type="range" step="0.01" />
<h2>Program</h2><pre id="ck-program"></pre>
<h2>Events</h2><ol id="ck-events" tabindex="-1"></ol>
<p class="sub">Keys: P plays or pauses, S and B step, E goes to the next event. This page shows
a recording; it does not prove that a cell is safe.</p>
</aside>
"""

SCRIPT = """
"use strict";
(function () {
  var data = JSON.parse(document.getElementById("ck-told").textContent);
  function at(id) { return document.getElementById("ck-" + id); }
  var STEP = 0.04, now = data.first, playing = false, field = null, before = 0, shown = null, current = -2;
  var set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  at("title").textContent = data.title;
  at("sub").textContent = data.subtitle;
  at("line").min = data.first;
  at("line").max = data.last;
  var rows = data.events.map(function (event) {
    var row = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = (event.bad ? "! " : "") + event.text;
    button.onclick = function () { pause(); show(event.t); };
    if (event.bad) { row.className = "bad"; }
    row.appendChild(button);
    at("events").appendChild(row);
    return row;
  });
  function last(list, time, key) {
    var low = 0, high = list.length;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (key(list[middle]) <= time + 1e-6) { low = middle + 1; } else { high = middle; }
    }
    return low - 1;
  }
  function event_at(time) { return last(data.events, time, function (event) { return event.t; }); }
  function show(time) {
    now = Math.min(data.last, Math.max(data.first, time));
    var moment = (now - data.first).toFixed(4);
    if (field && moment !== shown) {
      shown = moment;
      set.call(field, moment);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      if (document.activeElement === field) { field.blur(); }
    }
    describe();
  }
  function describe() {
    at("line").value = now;
    at("time").textContent = now.toFixed(2) + " s of " + data.last.toFixed(2) + " s";
    at("play").textContent = playing ? "Pause" : "Play";
    var over = now >= data.last - 1e-6;
    var number = event_at(over ? Infinity : now);
    var bad = over && data.failed;
    var text = over ? "The run is over: " + data.outcome : playing ? "Playing" : "Paused";
    if (number >= 0 && data.events[number].bad && !over) {
      text += ". ATTENTION: " + data.events[number].text;
      bad = true;
    }
    if (at("state").textContent !== text) { at("state").textContent = text; }
    at("state").className = bad ? "bad" : "";
    if (number !== current) {
      if (rows[current]) { rows[current].removeAttribute("aria-current"); }
      if (rows[number]) {
        rows[number].setAttribute("aria-current", "true");
        var box = at("events"), row = rows[number];
        box.scrollTop = row.offsetTop - box.offsetTop - box.clientHeight / 2;
      }
      current = number;
    }
    var wait = data.waits[last(data.waits, now, function (entry) { return entry[0]; })];
    var lines = wait ? wait[1] : [];
    var words = lines.map(function (n) { return "line " + n + ": " + (data.program[n - 1] || "").trim(); });
    var none = data.program.length ? "not at any line" : "not in the recording";
    at("program").textContent = words.join("\\n") || none;
  }
  function pause() { playing = false; }
  function play() {
    if (now >= data.last - 1e-6) { now = data.first; }
    playing = true; before = performance.now(); describe();
  }
  function toggle() { if (playing) { pause(); describe(); } else { play(); } }
  function next_event() {
    pause();
    var later = data.events.find(function (event) { return event.t > now + 1e-4; });
    show(later ? later.t : data.last);
  }
  function previous_event() {
    pause();
    var earlier = data.events.filter(function (event) { return event.t < now - 1e-4; });
    show(earlier.length ? earlier[earlier.length - 1].t : data.first);
  }
  function step(by) { pause(); show(now + by); }
  at("play").onclick = toggle;
  at("step").onclick = function () { step(STEP); };
  at("back").onclick = function () { step(-STEP); };
  at("next").onclick = next_event;
  at("prev").onclick = previous_event;
  at("line").oninput = function () { pause(); show(Number(at("line").value)); };
  window.addEventListener("keydown", function (event) {
    if (event.code === "Space") { event.stopImmediatePropagation(); }  // else viser's own clock would start
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    var action = { p: toggle, s: at("step").onclick, b: at("back").onclick, e: next_event }[event.key];
    if (action) { action(); event.preventDefault(); }
  }, true);
  function tick() {
    if (!playing) { return; }
    var stamp = performance.now();
    now += (stamp - before) / 1000 * Number(at("speed").value);
    before = stamp;
    if (now >= data.last) { pause(); }
    show(now);
  }
  function wait() {
    field = document.querySelector("#root .mantine-NumberInput-input");
    if (!field) { window.setTimeout(wait, 50); return; }
    field.tabIndex = -1;
    show(data.first + 1e-4);
    window.setTimeout(function () {
      show(data.first);
      document.documentElement.dataset.ready = "yes";
    }, 300);
    window.setInterval(tick, 30);
  }
  describe();
  wait();
})();
"""
