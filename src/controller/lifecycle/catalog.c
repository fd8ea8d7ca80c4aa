/* Owns the names of services that are not declared. */
#include "controller/lifecycle/catalog.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/core.h"
#include "service/service.h"

#define BUILT_IN "builtin"
/* How much of a culprit an error repeats. */
#define SHOWN 48

/* A list of names. */
struct undeclared {
	struct undeclared *next;
	char *name;
};

bool catalog_at(const struct controller *c, size_t i, struct declared_service *service)
{
	const struct dtree_service *row;
	size_t built_in = 0;

	while ((row = service_at(built_in)) && built_in < i)
		built_in++;
	if (row) {
		*service = (struct declared_service){.name = row->name,
		                                     .kind = BUILT_IN,
		                                     .summary = row->summary,
		                                     .usage = row->usage,
		                                     .origin = NULL};
		return true;
	}
	i -= built_in;
	if (i < c->config.service_count)
		*service = c->config.services[i];
	return i < c->config.service_count;
}

const char *catalog_find(const struct controller *c, const char *name)
{
	struct declared_service service;

	for (size_t i = 0; catalog_at(c, i, &service); i++)
		if (strcmp(service.name, name) == 0)
			return service.name;
	return NULL;
}

int catalog_refuse(const struct controller *c, const char *name, struct error *err)
{
	cleanup_free char *shown = parse_printable(name, strlen(name), SHOWN);
	struct declared_service service;
	struct buffer names = {0};

	for (size_t i = 0; catalog_at(c, i, &service); i++)
		buffer_format(&names, "%s%s", i ? ", " : "", service.name);
	buffer_add(&names, "", 1);
	error_set(err, ERR_PARAMS, "no service '%s'; there are %s", shown, names.data);
	buffer_free(&names);
	return -1;
}

const char *catalog_keep(struct controller *c, const char *name)
{
	const char *known = catalog_find(c, name);
	struct undeclared *u = c->lifecycle->undeclared;

	if (known)
		return known;
	while (u && strcmp(u->name, name) != 0)
		u = u->next;
	if (!u) {
		u = mem_new(sizeof *u);
		u->name = mem_string(name);
		u->next = c->lifecycle->undeclared;
		c->lifecycle->undeclared = u;
	}
	return u->name;
}

void catalog_stop(struct controller *c)
{
	struct undeclared *u = c->lifecycle->undeclared;

	while (u) {
		struct undeclared *next = u->next;
		free(u->name);
		free(u);
		u = next;
	}
	c->lifecycle->undeclared = NULL;
}

int catalog_check(const struct controller *c, const char *name, struct error *err)
{
	if (catalog_find(c, name))
		return 0;
	return error_set(err, ERR_INTERNAL, "service %s is not declared", name);
}

char *catalog_file(const struct controller *c, const char *name)
{
	if (service_find(name) || !c->config.services_dir)
		return NULL;
	return mem_format("%s/%s", c->config.services_dir, name);
}
