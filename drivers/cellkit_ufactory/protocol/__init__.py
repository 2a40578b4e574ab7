"""The protocols of UFACTORY's control box, sans-I/O.

Facts are from the vendor's manual of the private protocol (xArm-Developer/ufactory_doc_usermanual, commit 00ff76d,
en/private_modbus_tcp), its manual of the standard one (doc/UF_ModbusTCP_Manual.md in xArm-Developer/xArm-Python-SDK,
commit d911319) and from the bytes that SDK 1.18.4 sends and accepts.
"""
