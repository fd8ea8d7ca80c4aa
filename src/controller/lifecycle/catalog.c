/*
 * Owns the list of declared services, a copy of what it was given, and all names of services that
 * are or were declared: a node has the name itself, and may have it for longer than the list does.
 */
#include "controller/lifecycle/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/core.h"
#include "service/service.h"

#define BUILT_IN "builtin"

struct catalog_name {
	struct catalog_name *next;
	char *name;
};

struct catalog {
	struct catalog_name *names;
	struct declared_service *services; /* with strings of its own, but for the names */
	size_t count;
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
	cleanup_free const char **names = NULL;
	struct declared_service service;
	size_t count = 0;

	while (catalog_at(c, count, &service))
		count++;
	names = mem_new_array(count + 1, sizeof *names);
	for (size_t i = 0; catalog_at(c, i, &service); i++)
		names[i] = service.name;
	return choice_refuse_of("service", name, names, count, err);
}

const char *catalog_keep(struct controller *c, const char *name)
{
	const struct dtree_service *row = service_find(name);
	struct catalog_name *n = c->lifecycle->catalog->names;

	if (row)
		return row->name;
	while (n && strcmp(n->name, name) != 0)
		n = n->next;
	if (!n) {
		n = mem_new(sizeof *n);
		n->name = mem_string(name);
		n->next = c->lifecycle->catalog->names;
		c->lifecycle->catalog->names = n;
	}
	return n->name;
}

static void catalog_drop(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->count; i++) {
		free((char *)catalog->services[i].summary);
		free((char *)catalog->services[i].usage);
		free((char *)catalog->services[i].origin);
	}
	free(catalog->services);
	catalog->services = NULL;
	catalog->count = 0;
}

static char *catalog_copy(const char *text)
{
	return text ? mem_string(text) : NULL;
}

void catalog_take(struct controller *c, const struct declared_service *services, size_t count)
{
	struct catalog *catalog = c->lifecycle->catalog;

	catalog_drop(catalog);
	catalog->services = mem_new_array(count + 1, sizeof *services);
	for (size_t i = 0; i < count; i++)
		catalog->services[catalog->count++] =
		    (struct declared_service){.name = catalog_keep(c, services[i].name),
		                              .kind = services[i].kind,
		                              .summary = catalog_copy(services[i].summary),
		                              .usage = catalog_copy(services[i].usage),
		                              .origin = catalog_copy(services[i].origin)};
	c->config.services = catalog->services;
	c->config.service_count = count;
}

void catalog_init(struct controller *c)
{
	c->lifecycle->catalog = mem_new(sizeof *c->lifecycle->catalog);
	catalog_take(c, c->config.services, c->config.service_count);
}

void catalog_stop(struct controller *c)
{
	struct catalog *catalog = c->lifecycle->catalog;
	struct catalog_name *n = catalog->names;

	while (n) {
		struct catalog_name *next = n->next;
		free(n->name);
		free(n);
		n = next;
	}
	catalog_drop(catalog);
	free(catalog);
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
