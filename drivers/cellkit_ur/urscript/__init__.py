"""Parser and interpreter of URScript.

``compile_script`` creates a ``Program``; ``Program.step()`` runs it for one control step.
"""

from cellkit_ur.urscript.errors import RuntimeException, ScriptError, ScriptSyntaxError
from cellkit_ur.urscript.machine import Machine, Motion
from cellkit_ur.urscript.program import Program, compile_script
from cellkit_ur.urscript.reader import ScriptReader

__all__ = [
    "Machine",
    "Motion",
    "Program",
    "RuntimeException",
    "ScriptError",
    "ScriptReader",
    "ScriptSyntaxError",
    "compile_script",
]
