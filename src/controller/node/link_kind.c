/* Owns nothing. */
#include "controller/node/link_kind.h"

#include <string.h>

#include "base/mem.h"

#define TCP   "tcp"
#define CURVE "curve"

static const char *const kinds[] = {"ipc", TCP};
static const char *const securities[] = {CURVE, "null"};

const char *link_kind_at(size_t i)
{
	return i < ARRAY_SIZE(kinds) ? kinds[i] : NULL;
}

const char *link_security_at(size_t i)
{
	return i < ARRAY_SIZE(securities) ? securities[i] : NULL;
}

bool link_kind_is_tcp(const char *kind)
{
	return strcmp(kind, TCP) == 0;
}

bool link_kind_has_key(const char *kind, const char *security)
{
	return link_kind_is_tcp(kind) && strcmp(security, CURVE) == 0;
}
