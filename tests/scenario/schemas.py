#!/usr/bin/python3 -B
"""The schemas of rpc.discover agree with the examples, with the manual and with the Python module;
and what checks replies by them finds what is wrong."""

import json
import typing
import unittest

from lib import protocol_page, schemas
from lib.harness import Case, main
from lib.python_module import dtree

# Members that dtree-protocol(7) names in another place.
OF_ALL = {"subscription", "seq", "time", "type"}


def member_names(schema):
    """The names of all members that a schema has, however deep."""
    found = set(schema.get("properties", {}))
    for one in (*schema.get("properties", {}).values(), *schema.get("anyOf", []),
                *([schema["items"]] if "items" in schema else [])):
        found |= member_names(one)
    return found


class Validator(unittest.TestCase):
    OBJECT = {"type": "object", "required": ["a"], "additionalProperties": False,
              "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
    # A schema, what is as of it, and what is not.
    ROWS = (
        ({"type": "integer"}, (0, -5, 1.0), (True, 1.5, "1", None, [], {})),
        ({"type": "number"}, (0, 1.5), (False, "1", None)),
        ({"type": "string"}, ("", "a"), (1, None, ["a"])),
        ({"type": "boolean"}, (True, False), (1, 0, "true", None)),
        ({"type": "null"}, (None,), (0, "", False)),
        ({"type": ["string", "null"]}, ("a", None), (1, [])),
        ({"type": "integer", "minimum": -2, "maximum": 3}, (-2, 3), (-3, 4)),
        ({"enum": ["a", "b"]}, ("a", "b"), ("c", "", None)),
        ({"type": "array", "items": {"type": "integer"}}, ([], [1, 2]), ([1, "2"], {}, "[]")),
        (OBJECT, ({"a": 1}, {"a": 1, "b": "c"}), ({}, {"b": "c"}, {"a": "1"}, {"a": 1, "c": 1}, [])),
        ({"type": "object", "additionalProperties": {"type": "integer"}},
         ({}, {"x": 1}), ({"x": "1"},)),
        ({"type": "object"}, ({}, {"x": None}), ([],)),
        ({"anyOf": [OBJECT, {"type": "object", "required": ["z"]}]},
         ({"a": 1}, {"z": 1, "y": 2}), ({}, {"a": 1, "y": 2}, {"b": "c"})),
        ({"type": "array", "items": {"type": "array", "items": OBJECT}},
         ([[{"a": 1}]],), ([[{"a": 1}, {}]],)),
        ({}, (1, None, {}), ()),
    )

    def test_it_finds_what_is_wrong_and_nothing_else(self):
        for schema, good, bad in self.ROWS:
            for value in good:
                self.assertIsNone(schemas.problem(schema, value), f"{schema} {value!r}")
            for value in bad:
                self.assertTrue(schemas.problem(schema, value), f"{schema} {value!r}")

    def test_it_names_the_place(self):
        schema = {"type": "object", "properties": {"l": {"type": "array", "items": self.OBJECT}}}
        self.assertEqual(schemas.problem(schema, {"l": [{"a": 1}, {"a": None}]}),
                         "it.l[1].a is no integer: None")

    def test_a_word_that_it_does_not_know_is_an_error(self):
        with self.assertRaises(ValueError):
            schemas.problem({"type": "object", "properties": {"a": {"pattern": "x"}}}, {"a": "x"})

    def test_a_reply_that_is_not_as_described_fails_a_test(self):
        schemas.check_reply("ping", {"id": 1, "result": {"id": 1, "available": True}})
        for reply in ({"result": {"id": 1}}, {"result": {"id": 1, "available": True, "more": 1}},
                      {"error": {"code": -32002, "message": "no", "data": {}}},
                      {"result": {"id": 1, "available": True}, "trace": {}}):
            with self.assertRaises(ValueError):
                schemas.check_reply("ping", reply)
        with self.assertRaises(ValueError):
            schemas.check_event({"type": "node_died", "seq": 1, "subscription": 1, "time": "", "id": 1})
        with self.assertRaises(ValueError):
            schemas.check_progress({"id": 1})


class Document(Case):
    def test_dtreed_says_what_replies_are_checked_by(self):
        """It was built, and is of the same build."""
        with self.daemon().client() as client:
            self.assertEqual(client.call("rpc.discover"), schemas.document())

    def test_each_example_is_as_of_its_schema(self):
        for method in schemas.document()["methods"]:
            if method["name"] != "rpc.discover":
                example = json.loads(method["result"]["summary"])
                self.assertIsNone(schemas.problem(method["result"]["schema"], example),
                                  method["name"])

    def test_the_page_names_each_member(self):
        for method, schema in schemas.methods().items():
            if method not in protocol_page.ELSEWHERE:
                self.assertLessEqual(member_names(schema), protocol_page.METHODS[method], method)
        for name, described in (("x-error", protocol_page.ERRORS), ("x-trace", protocol_page.TRACES),
                                ("x-progress", protocol_page.METHODS["exec"])):
            self.assertLessEqual(member_names(schemas.document()[name]), described, name)

    def test_the_page_and_the_schemas_have_the_same_events_and_members(self):
        self.assertEqual(set(schemas.events()), set(protocol_page.EVENTS))
        for event, schema in schemas.events().items():
            # "Cm" is mdoc's.
            self.assertEqual(member_names(schema), protocol_page.EVENTS[event] - {"Cm"}, event)
            self.assertLessEqual(OF_ALL, set(schema["required"]), event)

    def same_shape(self, kind, schema):
        """A TypedDict has the members of a schema, required as there, of the same types."""
        properties = schema["properties"]
        self.assertEqual(set(typing.get_type_hints(kind)), set(properties), kind)
        self.assertEqual(kind.__required_keys__, set(schema["required"]), kind)
        for name, hint in typing.get_type_hints(kind).items():
            self.assertIsNone(schemas.problem(properties[name], SAMPLES[hint]) if hint in SAMPLES
                              else None, f"{kind} {name}")

    def test_the_python_module_has_the_same_members(self):
        methods = schemas.methods()
        for kind, schema in (
                (dtree.Hello, methods["hello"]), (dtree.Created, methods["create"]),
                (dtree.Started, methods["start"]), (dtree.Waited, methods["wait"]),
                (dtree.NodeStatus, methods["tree"]["properties"]["nodes"]["items"]),
                (dtree.Program, methods["tree"]["properties"]["nodes"]["items"]["properties"]
                 ["program"]),
                (dtree.Probe, methods["tree"]["properties"]["nodes"]["items"]["properties"]["probe"]),
                (dtree.Service, methods["services"]["properties"]["services"]["items"]),
                (dtree.DaemonStatus, methods["status"]["anyOf"][1]), (dtree.Logs, methods["logs"]),
                (dtree.Line, methods["logs"]["properties"]["lines"]["items"]),
                (dtree.NodeError, methods["exec_all"]["anyOf"][0]["properties"]["errors"]["items"])):
            self.same_shape(kind, schema)


# A value of each type that members of the module have, where any value of it will do.
SAMPLES = {int: 1, bool: True, typing.Optional[int]: None, typing.List[int]: [1]}


if __name__ == "__main__":
    main()
