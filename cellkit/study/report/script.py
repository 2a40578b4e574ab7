"""The script of the page: it draws the plots, again for a new width and for paper. It loads nothing."""

SCRIPT = """
"use strict";
(function () {
  var PAPER = 660;  // CSS pixels between the margins of an A4 page
  var drawn = [];
  var config = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false, showTips: false };
  document.querySelectorAll("script.plot-data").forEach(function (holder) {
    var place = document.getElementById(holder.dataset.plot);
    drawn.push({ place: place, spec: JSON.parse(holder.textContent), width: null });
  });
  function draw(one, width) {
    if (width <= 0 || width === one.width) { return; }
    one.width = width;
    var layout = Object.assign({}, one.spec.layout, { width: width, dragmode: false });
    Plotly.newPlot(one.place, one.spec.data, layout, config);
  }
  var folded = document.querySelectorAll("details");
  function unfold() { folded.forEach(function (one) { one.dataset.open = String(one.open); one.open = true; }); }
  function refold() { folded.forEach(function (one) { one.open = one.dataset.open === "true"; }); }
  function fit(width) {
    drawn.forEach(function (one) {
      var narrow = width !== null && one.place.closest(".pair") !== null;
      draw(one, width === null ? one.place.clientWidth : narrow ? width / 2 - 8 : width);
    });
  }
  fit(null);
  var paper = window.matchMedia("print");
  window.addEventListener("resize", function () { if (!paper.matches) { fit(null); } });
  window.addEventListener("beforeprint", function () { unfold(); fit(PAPER); });
  window.addEventListener("afterprint", function () { refold(); fit(null); });
  document.documentElement.dataset.drawn = String(drawn.length);
})();
"""
