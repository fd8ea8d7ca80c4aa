#!/bin/sh
# Guess: of a valid schema, with nothing in it but what its draft defines, validators that name that draft
# say the same of every document; where they take liberties, it is with formats and large numbers.
# Seen: ajv, which most tools for JavaScript have within, differs from two others, and from the drafts, in five
# things. In draft-07 it applies what stands beside $ref, which that draft ignores. In 2020-12 an item that
# `contains` did not match passes unevaluatedItems, and a property that a lone `if` matched does not pass
# unevaluatedProperties. A property toString, or any other that each object of JavaScript has, is there
# when it is required, in {} too; and a schema that gives "constructor" a type refuses {}. So a document is
# valid by one and not by the other in both directions, with no word of warning in ajv's lax mode.
# Version: ajv 8.20.0, @hyperjump/json-schema 1.18.0 (October 2026), python3-jsonschema 4.10.3; Node.js
# 20.20.
. "${0%/*}/common.sh"
pinned python3-jsonschema=4.10.3-1 python3-attr=22.2.0-1 python3-pyrsistent=0.18.1-1+b3
packed ajv@8.20.0 @hyperjump/json-schema@1.18.0
export PYTHONPATH="$root/usr/lib/python3/dist-packages"

cat >"$work/ajv.mjs" <<'J'
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [, , draft, schema, ...documents] = process.argv;
const { default: Ajv } = require(draft === '7' ? 'ajv' : 'ajv/dist/2020.js');
const valid = new Ajv({ strict: false }).compile(JSON.parse(schema));

console.log(documents.map((text) => (valid(JSON.parse(text)) ? 'valid' : 'not')).join(' '));
J
cat >"$work/hyperjump.mjs" <<'J'
const [, , draft, schema, ...documents] = process.argv;
const name = draft === '7' ? '07' : '2020-12';
const { registerSchema, validate } = await import(`@hyperjump/json-schema/draft-${name}`);
const dialect = draft === '7' ? 'http://json-schema.org/draft-07/schema' :
	'https://json-schema.org/draft/2020-12/schema';
const said = [];

registerSchema(JSON.parse(schema), 'https://example.org/schema', dialect);
for (const text of documents)
	said.push((await validate('https://example.org/schema', JSON.parse(text))).valid ? 'valid' : 'not');
console.log(said.join(' '));
J
cat >"$work/python.py" <<'P'
import json
import sys

import jsonschema

draft, schema, *documents = sys.argv[1:]
Validator = jsonschema.Draft7Validator if draft == "7" else jsonschema.Draft202012Validator
validator = Validator(json.loads(schema))
print(*("valid" if validator.is_valid(json.loads(text)) else "not" for text in documents))
P
cd "$work"
# judged DRAFT SCHEMA DOCUMENT...: what each says.
judged() {
	echo "ajv $(node ajv.mjs "$@"); hyperjump $(node hyperjump.mjs "$@"); python $(/usr/bin/python3 python.py "$@")"
}
cat >draft-07.json <<'J'
{"definitions":{"id":{"type":"integer"}},"properties":{"a":{"$ref":"#/definitions/id","maximum":5}}}
J
cat >draft-2020.json <<'J'
{"$defs":{"id":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/id","maximum":5}}}
J
same 'draft-07, beside a reference' 'ajv valid not; hyperjump valid valid; python valid valid' \
	"$(judged 7 "$(cat draft-07.json)" '{"a":3}' '{"a":10}')"
same '2020-12, beside a reference' 'ajv valid not; hyperjump valid not; python valid not' \
	"$(judged 2020 "$(cat draft-2020.json)" '{"a":3}' '{"a":10}')"
same 'contains and unevaluatedItems' 'ajv valid valid; hyperjump valid not; python valid not' \
	"$(judged 2020 \
	'{"contains":{"type":"integer"},"unevaluatedItems":false}' '[1,2]' '[1,"x"]')"
same 'if alone and unevaluatedProperties' 'ajv not not; hyperjump valid not; python valid not' \
	"$(judged 2020 \
	'{"if":{"properties":{"a":{"const":1}},"required":["a"]},"unevaluatedProperties":false}' '{"a":1}' '{"a":2}')"
same 'required toString' 'ajv valid valid; hyperjump valid not; python valid not' \
	"$(judged 7 '{"required":["toString"]}' '{"toString":1}' '{}')"
same 'a property constructor' 'ajv valid not; hyperjump valid valid; python valid valid' \
	"$(judged 7 '{"properties":{"constructor":{"type":"integer"}}}' \
	'{"constructor":1}' '{}')"
verdict
