"""The sentences of the checks, in English and Dutch. Figures are in SI units: ``!m`` shows mm, ``!d`` deg, ``!p`` %."""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

SCALES = {"m": 1000.0, "d": 180.0 / math.pi, "p": 100.0}
"""The factor of each conversion of a figure in a sentence."""


class _Scaling(Formatter):
    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return value * SCALES[conversion] if conversion in SCALES else super().convert_field(value, conversion)


def sentence(key: str, figures: Mapping[str, float | str], language: str = "en") -> str:
    """Return the sentence of a key with its figures. Raises ``KeyError`` for an unknown key, language or figure."""
    english, dutch = SENTENCES[key]
    return _Scaling().vformat({"en": english, "nl": dutch}[language], (), figures)


SENTENCES: dict[str, tuple[str, str]] = {
    "needs.pass": (
        "The models meet what the scenario asks of them.",
        "De modellen voldoen aan wat het scenario van ze vraagt.",
    ),
    "needs.fail": ("The scenario refuses the models: {reason}.", "Het scenario weigert de modellen: {reason}."),
    "reach.pass": (
        "All {required:.0f} required poses are within reach.",
        "Alle {required:.0f} vereiste poses zijn bereikbaar.",
    ),
    "reach.fail": (
        "{missing:.0f} of {required:.0f} required poses cannot be reached; the first is {pose}: {reason}.",
        "{missing:.0f} van de {required:.0f} vereiste poses zijn niet bereikbaar; de eerste is {pose}: {reason}.",
    ),
    "reach.unknown": ("No pose is required.", "Er is geen enkele pose vereist."),
    "joint_margin.pass": (
        "The smallest distance to a joint limit is {room!d:.1f} deg ({share!p:.1f} % of the range), {joint} at {pose}.",
        "De kleinste afstand tot een asgrens is {room!d:.1f} graden ({share!p:.1f} % van het bereik), {joint} bij "
        "{pose}.",
    ),
    "joint_margin.marginal": (
        "{joint} is only {room!d:.1f} deg from its limit at {pose}; {wanted!d:.1f} deg are required.",
        "{joint} staat bij {pose} maar {room!d:.1f} graden van zijn grens; gevraagd is {wanted!d:.1f} graden.",
    ),
    "joint_margin.endless": (
        "No joint has a limit in the poses that are reached.",
        "Geen as heeft een grens in de bereikte poses.",
    ),
    "joint_margin.unknown": ("No pose is reached.", "Er wordt geen enkele pose bereikt."),
    "singularity.pass": (
        "The smallest singular value is {value:.3f} m/rad, at {pose} ({joint}).",
        "De kleinste singuliere waarde is {value:.3f} m/rad, bij {pose} ({joint}).",
    ),
    "singularity.marginal": (
        "{pose} is near a singularity: smallest singular value {value:.4f} m/rad ({joint}), below {limit:.3f} m/rad; "
        "straight motions there become slow or are refused.",
        "{pose} ligt dicht bij een singulariteit: kleinste singuliere waarde {value:.4f} m/rad ({joint}), onder "
        "{limit:.3f} m/rad; rechte bewegingen worden daar traag of geweigerd.",
    ),
    "singularity.unknown": ("No pose is reached.", "Er wordt geen enkele pose bereikt."),
    "payload.pass": (
        "{arm} carries {total:.3g} kg of {allowed:g} kg: {tool:.3g} kg of tools and {parts:.3g} kg of parts.",
        "{arm} draagt {total:.3g} kg van {allowed:g} kg: {tool:.3g} kg gereedschap en {parts:.3g} kg product.",
    ),
    "payload.marginal": (
        "{arm} carries {total:.3g} kg, nearly all of its {allowed:g} kg: {tool:.3g} kg of tools and {parts:.3g} kg of "
        "parts.",
        "{arm} draagt {total:.3g} kg, bijna alle {allowed:g} kg: {tool:.3g} kg gereedschap en {parts:.3g} kg product.",
    ),
    "payload.fail": (
        "{total:.3g} kg ({tool:.3g} kg of tools and {parts:.3g} kg of parts) are above the {allowed:g} kg payload of "
        "{arm}.",
        "{total:.3g} kg ({tool:.3g} kg gereedschap en {parts:.3g} kg product) is meer dan het draagvermogen van "
        "{arm}: {allowed:g} kg.",
    ),
    "payload.unknown": (
        "The payload of {arm} is not known; it would have to carry {total:.3g} kg.",
        "Het draagvermogen van {arm} is niet bekend; nodig is {total:.3g} kg.",
    ),
    "wrist_inertia.pass": (
        "The load's moment of inertia about joint {joint:.0f} of {arm} is {moment:.3g} of {allowed:.3g} kg m².",
        "Het traagheidsmoment van de last om as {joint:.0f} van {arm} is {moment:.3g} van {allowed:.3g} kg m².",
    ),
    "wrist_inertia.marginal": (
        "The load's moment of inertia about joint {joint:.0f} of {arm} is {moment:.3g} kg m², nearly all of "
        "{allowed:.3g} kg m².",
        "Het traagheidsmoment van de last om as {joint:.0f} van {arm} is {moment:.3g} kg m², bijna alle "
        "{allowed:.3g} kg m².",
    ),
    "wrist_inertia.fail": (
        "The load's moment of inertia about joint {joint:.0f} of {arm} is {moment:.3g} kg m², above the allowed "
        "{allowed:.3g} kg m².",
        "Het traagheidsmoment van de last om as {joint:.0f} van {arm} is {moment:.3g} kg m², boven de toegestane "
        "{allowed:.3g} kg m².",
    ),
    "wrist_inertia.unknown": (
        "The allowed moment of inertia of the wrist of {arm} is not known; the load has {moment:.3g} kg m² about joint "
        "{joint:.0f} and {before:.3g} kg m² about the joint before it.",
        "Welk traagheidsmoment de pols van {arm} toelaat is niet bekend; de last heeft {moment:.3g} kg m² om as "
        "{joint:.0f} en {before:.3g} kg m² om de as ervoor.",
    ),
    "flange.pass": ("{gripper} fits the flange of {arm} ({code}).", "{gripper} past op de flens van {arm} ({code})."),
    "flange.adapter": (
        "{gripper} ({code}) goes on {arm} ({arm_code}) with the plate of {thickness!m:.0f} mm and {mass:g} kg.",
        "{gripper} ({code}) past op {arm} ({arm_code}) met de plaat van {thickness!m:.0f} mm en {mass:g} kg.",
    ),
    "flange.bracket": (
        "{gripper} sits on a bracket that is made for it and {arm}.",
        "{gripper} zit op een beugel die voor hem en {arm} gemaakt is.",
    ),
    "flange.fail": (
        "{gripper} fits a flange {code}, {arm} has {arm_code}, and the cell file names no plate between them; all "
        "other figures assume a plate of {thickness!m:.0f} mm and {mass:g} kg.",
        "{gripper} past op een flens {code}, {arm} heeft {arm_code}, en het celbestand noemt geen plaat ertussen; alle "
        "andere cijfers gaan uit van een plaat van {thickness!m:.0f} mm en {mass:g} kg.",
    ),
    "flange.unknown": (
        "Whether {gripper} fits the flange of {arm} is not known: {arm} has {arm_code}, {gripper} {code}.",
        "Of {gripper} op de flens van {arm} past is niet bekend: {arm} heeft {arm_code}, {gripper} {code}.",
    ),
    "opening.pass": (
        "{gripper} takes {part}: {needed!m:.1f} of {given!m:.1f} mm.",
        "{gripper} kan {part} pakken: {needed!m:.1f} van {given!m:.1f} mm.",
    ),
    "opening.fail": (
        "{part} needs {needed!m:.1f} mm of opening, clearance included; {gripper} opens {given!m:.1f} mm.",
        "{part} heeft {needed!m:.1f} mm opening nodig, lucht ernaast inbegrepen; {gripper} opent {given!m:.1f} mm.",
    ),
    "opening.cup": (
        "The cup of {gripper} needs a face of {needed!m:.1f} mm; {part} has {given!m:.1f} mm.",
        "De zuignap van {gripper} heeft een vlak van {needed!m:.1f} mm nodig; {part} heeft {given!m:.1f} mm.",
    ),
    "gripper_payload.pass": (
        "{part} weighs {mass:g} kg of the {allowed:g} kg that {gripper} may carry.",
        "{part} weegt {mass:g} kg van de {allowed:g} kg die {gripper} mag dragen.",
    ),
    "gripper_payload.fail": (
        "{part} weighs {mass:g} kg, above the {allowed:g} kg payload of {gripper}.",
        "{part} weegt {mass:g} kg, meer dan de {allowed:g} kg die {gripper} mag dragen.",
    ),
    "gripper_payload.unknown": (
        "The payload of {gripper} is not known; {part} weighs {mass:g} kg.",
        "Wat {gripper} mag dragen is niet bekend; {part} weegt {mass:g} kg.",
    ),
    "grip_force.pass": (
        "With {force:.0f} N {gripper} holds {factor:.1f} times the load of {part} at {acceleration:.1f} m/s² "
        "({wanted:g} times is required).",
        "{gripper} houdt {part} {factor:.1f} keer vast bij {acceleration:.1f} m/s² met {force:.0f} N (gevraagd "
        "{wanted:g}).",
    ),
    "grip_force.more": (
        "With the default force of {force:.0f} N {gripper} holds only {factor:.1f} times the load of {part} at "
        "{acceleration:.1f} m/s²; {needed:.0f} N hold {wanted:g} times the load, its largest force is {most:.0f} N.",
        "{gripper} houdt {part} maar {factor:.1f} keer vast bij {acceleration:.1f} m/s² met de standaard {force:.0f} "
        "N; met {needed:.0f} N is het {wanted:g} keer, en hij geeft {most:.0f} N.",
    ),
    "grip_force.slower": (
        "With all its {most:.0f} N {gripper} holds {factor:.1f} times the load of {part} at {acceleration:.1f} m/s² "
        "({wanted:g} times is required): carry it at {slower:.1f} m/s² at most.",
        "Met al zijn {most:.0f} N houdt {gripper} {part} {factor:.1f} keer vast bij {acceleration:.1f} m/s² (gevraagd "
        "{wanted:g}): vervoer het met hoogstens {slower:.1f} m/s².",
    ),
    "grip_force.fail": (
        "With all its {most:.0f} N {gripper} holds {rest:.2g} times the load of {part} ({mass:g} kg, friction "
        "{friction:g}) at rest; {wanted:g} times is required.",
        "Met al zijn {most:.0f} N houdt {gripper} {part} ({mass:g} kg, wrijving {friction:g}) in rust {rest:.2g} keer "
        "vast; gevraagd is {wanted:g}.",
    ),
    "clearance.pass": (
        "At the required poses and straight above them nothing is nearer than {distance!m:.0f} mm to a link or a "
        "gripper's body ({between}, {pose}); fingers and cup touch nothing. Simple shapes; ways between stations are "
        "not checked.",
        "Bij de vereiste poses en recht erboven komt niets dichter dan {distance!m:.0f} mm bij een arm of "
        "grijperhuis ({between}, {pose}); vingers en zuignap raken niets. Eenvoudige vormen; wegen tussen stations "
        "zijn niet bekeken.",
    ),
    "clearance.free": (
        "At the required poses and straight above them nothing is in the way. Simple shapes; ways between stations "
        "are not checked.",
        "Bij de vereiste poses en recht erboven staat niets in de weg. Eenvoudige vormen; wegen tussen stations zijn "
        "niet bekeken.",
    ),
    "clearance.marginal": (
        "{between} come within {distance!m:.1f} mm at {pose}; {wanted!m:.0f} mm are required.",
        "{between} komen tot {distance!m:.1f} mm van elkaar bij {pose}; gevraagd is {wanted!m:.0f} mm.",
    ),
    "clearance.fail": (
        "{between} intersect by {depth!m:.1f} mm at {pose}, in every posture that was tried.",
        "{between} zitten bij {pose} {depth!m:.1f} mm in elkaar, in elke houding die geprobeerd is.",
    ),
    "clearance.unknown": ("No pose is reached.", "Er wordt geen enkele pose bereikt."),
    "collisions.pass": (
        "{runs:.0f} runs in the physics world had no collision.",
        "{runs:.0f} runs in de fysicawereld hadden geen botsing.",
    ),
    "collisions.fail": (
        "{hit:.0f} of {runs:.0f} runs in the physics world had collisions, {count:.0f} in all.",
        "{hit:.0f} van {runs:.0f} runs in de fysicawereld hadden botsingen, {count:.0f} in totaal.",
    ),
    "collisions.unknown": (
        "No run was made in a world that detects collisions.",
        "Geen run in een wereld die op botsingen let.",
    ),
    "tolerance.pass": (
        "Even the sum of all errors, {worst!m:.2f} mm, is within the tolerance of {tolerance!m:.2f} mm (root of the "
        "sum of squares {rss!m:.2f} mm).",
        "Zelfs de som van alle fouten, {worst!m:.2f} mm, valt binnen de tolerantie van {tolerance!m:.2f} mm (wortel "
        "van de kwadratensom {rss!m:.2f} mm).",
    ),
    "tolerance.marginal": (
        "The errors' root sum square, {rss!m:.2f} mm, is within the tolerance of {tolerance!m:.2f} mm, their sum, "
        "{worst!m:.2f} mm, is not; the largest is {largest}.",
        "De wortel van de kwadratensom van de fouten, {rss!m:.2f} mm, valt binnen de tolerantie van {tolerance!m:.2f} "
        "mm, hun som, {worst!m:.2f} mm, niet; de grootste is {largest}.",
    ),
    "tolerance.fail": (
        "The errors' root sum square, {rss!m:.2f} mm, is above the tolerance of {tolerance!m:.2f} mm; the largest is "
        "{largest}.",
        "De wortel van de kwadratensom van de fouten, {rss!m:.2f} mm, is meer dan de tolerantie van {tolerance!m:.2f} "
        "mm; de grootste is {largest}.",
    ),
    "tolerance.arm": (
        "The tolerance of {tolerance!m:.3g} mm is tighter than the repeatability of {arm}, {repeatability!m:.3g} mm; "
        "of all arms that cellkit has, {count:.0f} repeat within the tolerance.",
        "De tolerantie van {tolerance!m:.3g} mm is krapper dan de herhaalbaarheid van {arm}, {repeatability!m:.3g} "
        "mm; van alle armen in cellkit herhalen er {count:.0f} binnen de tolerantie.",
    ),
    "tolerance.any_arm": (
        "The tolerance of {tolerance!m:.3g} mm is tighter than the repeatability of {arm}, {repeatability!m:.3g} mm, "
        "and of every other arm that cellkit has; the best, {best_arm}, repeats within {best!m:.3g} mm.",
        "De tolerantie van {tolerance!m:.3g} mm is krapper dan de herhaalbaarheid van {arm}, {repeatability!m:.3g} "
        "mm, en van elke andere arm in cellkit; de beste, {best_arm}, herhaalt binnen {best!m:.3g} mm.",
    ),
    "tolerance.unknown": (
        "The repeatability of {arm} is not known; all other errors have a root sum square of {rss!m:.2f} mm, the "
        "tolerance is {tolerance!m:.2f} mm.",
        "De herhaalbaarheid van {arm} is niet bekend; alle andere fouten hebben een wortel van de kwadratensom van "
        "{rss!m:.2f} mm, de tolerantie is {tolerance!m:.2f} mm.",
    ),
    "not_checked.ways": (
        "Ways between stations: only runs in the physics world show whether anything is in the way.",
        "Wegen tussen stations: alleen runs in de fysicawereld laten zien of er iets in de weg staat.",
    ),
    "not_checked.other_arms": (
        "Other arms of the cell, wherever they are at the time.",
        "Andere armen van de cel, waar die op dat moment ook zijn.",
    ),
    "not_checked.shapes": (
        "Real outlines: cables, hoses and covers; the shapes are simple ones, not the vendors'.",
        "Werkelijke omtrekken: kabels, slangen en kappen; de vormen zijn eenvoudig, niet die van de fabrikant.",
    ),
    "not_checked.postures": (
        "Postures that the program itself chooses, such as a tilted gripper; the study file can name them (`poses`).",
        "Houdingen die het programma zelf kiest, zoals een schuine grijper; het studiebestand kan ze noemen (`poses`).",
    ),
    "not_checked.load_diagram": (
        "The vendors' load diagrams: what the arm carries at the distance of its centre of gravity.",
        "De lastdiagrammen van de fabrikant: wat de arm draagt op de afstand van het zwaartepunt.",
    ),
    "not_checked.peeling": (
        "Peeling of a cup, and slipping of a part that is not held at its centre of gravity.",
        "Losschillen van een zuignap, en wegdraaien van een product dat niet in zijn zwaartepunt is vastgepakt.",
    ),
    "not_checked.moving": (
        "Errors of following a belt that moves.",
        "Fouten bij het volgen van een bewegende band.",
    ),
}
