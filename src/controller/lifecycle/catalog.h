/*
 * The services that there are: the built-in ones, and those that the configuration declares. A node
 * of a former dtreed may have one that is neither: it stays, and is not started.
 */
#ifndef CONTROLLER_LIFECYCLE_CATALOG_H
#define CONTROLLER_LIFECYCLE_CATALOG_H

#include "base/error.h"
#include "controller/node/config.h"

struct controller;

/* With what the config declares. */
void catalog_init(struct controller *c);
void catalog_stop(struct controller *c);
/* These are declared from now on, and no others; copied, but for the kinds, which are static. */
void catalog_take(struct controller *c, const struct declared_service *services, size_t count);

/* Services by number, the built-in ones first: false past the last. */
bool catalog_at(const struct controller *c, size_t i, struct declared_service *service);
/* Its name, for as long as the controller is there; NULL: there is none of that name. */
const char *catalog_find(const struct controller *c, const char *name);
/* A name that there is no service of: "no service 'x'; there are ...". -1. */
int catalog_refuse(const struct controller *c, const char *name, struct error *err);

/* The same name for as long as the controller is there, whether there is such a service or not. */
const char *catalog_keep(struct controller *c, const char *name);
/* May a node of this service be started? -1: "service x is not declared". */
int catalog_check(const struct controller *c, const char *name, struct error *err);
/* The file with what a declared service is. New memory; NULL for a built-in one. */
char *catalog_file(const struct controller *c, const char *name);

#endif
