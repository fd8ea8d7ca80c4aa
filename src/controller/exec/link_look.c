/* Owns nothing. */
#include "controller/exec/link_look.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "controller/overlay/link_files.h"
#include "link/endpoint.h"

bool link_look(const struct controller *c, const struct tcp_table *table, const struct node *n,
               const struct tcp_end **lower, const struct tcp_end **upper)
{
	cleanup_free char *endpoint = NULL;
	cleanup_free char *address = NULL;
	struct error err;

	if (!n->worker.process || !node_has_joined(n))
		return false;
	endpoint = link_files_endpoint(c, n->link.up);
	address = endpoint_address(endpoint, &err);
	if (!address)
		return false;
	*lower = tcp_table_find(table, n->worker.pid,
	                        (uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10));
	*upper = *lower ? tcp_table_other(table, *lower) : NULL;
	return *upper;
}
