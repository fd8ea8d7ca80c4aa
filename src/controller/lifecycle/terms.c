/* Stateless. */
#include "controller/lifecycle/terms.h"

#include <stdlib.h>

#include "base/mem.h"
#include "controller/node/name_check.h"
#include "controller/node/restart_policy.h"

int terms_read(const struct node_settings *settings, enum restart_policy restart,
               struct node_terms *terms, struct error *err)
{
	*terms = (struct node_terms){.restart = restart,
	                             .declared = settings->declared,
	                             .hang_timeout_ms = settings->hang_timeout_ms};
	after_set(&terms->after, settings->after, settings->after_count);
	if (settings->on_hang && on_hang_parse(settings->on_hang, &terms->on_hang, err))
		return -1;
	if (settings->restart && restart_policy_parse(settings->restart, &terms->restart, err))
		return -1;
	if (settings->name && name_check("name", settings->name, err))
		return -1;
	if (settings->group && name_check("group", settings->group, err))
		return -1;
	terms->name = settings->name ? mem_string(settings->name) : NULL;
	terms->group = settings->group ? mem_string(settings->group) : NULL;
	return 0;
}

void terms_free(struct node_terms *terms)
{
	free(terms->name);
	free(terms->group);
	after_free(&terms->after);
}

void terms_give(const struct node_terms *terms, struct node *n)
{
	n->restart.policy = terms->restart;
	n->declared = terms->declared;
	n->hang.policy = terms->on_hang;
	n->hang.timeout_ms = terms->hang_timeout_ms;
	after_set(&n->after, terms->after.ids, terms->after.count);
}
