/* Text in XML. Stateless. */
#ifndef CTL_XML_H
#define CTL_XML_H

#include <stddef.h>

#include "base/mem.h"

/* Adds at most that many letters of text, as it may stand in an element or an attribute of XML 1.0:
 * on one line, control bytes and what is not UTF-8 as parse_escape() has them, U+FFFD for what XML
 * forbids. Where it is cut "…" is the last letter. */
void xml_add_text(struct buffer *out, const char *text, size_t most);
/* The letters that the whole text takes. */
size_t xml_letters(const char *text);

#endif
