/* Owns the number of the newest place, by which its directories are called: those of a worker have
 * a directory of their own. */
#include "program/place.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/remove.h"
#include "program/credentials.h"

static unsigned long place_newest;

int place_make(struct place *p, const struct program_spec *spec, const struct program_node *node,
               struct error *err)
{
	place_newest++;
	if (!spec->credentials)
		return 0;
	if (!node->credentials)
		return error_set(err, ERR_SERVICE, "there is no place for credentials");
	p->credentials = mem_format("%s/%lu", node->credentials, place_newest);
	if (credentials_make(p->credentials, spec, err) == 0)
		return 0;
	free(p->credentials);
	p->credentials = NULL;
	return -1;
}

void place_leave(struct place *p)
{
	if (p->credentials)
		remove_all(p->credentials, NULL);
	free(p->credentials);
	p->credentials = NULL;
}
