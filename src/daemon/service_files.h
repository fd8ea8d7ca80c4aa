/*
 * What workers read of declared services: a file for each in the directory "services" of the
 * runtime directory, which is 0700. It is made anew at each start, and once more when somebody took
 * it away.
 */
#ifndef DAEMON_SERVICE_FILES_H
#define DAEMON_SERVICE_FILES_H

#include <stdbool.h>

#include "base/error.h"
#include "controller/controller.h"
#include "daemon/declare.h"

#define SERVICES_NAME "services"

struct service_files;

/* Writes all. The declarations are borrowed for as long as it is there; what they hold may change
 * only with service_files_take(). NULL: an error that names
 * the path. */
struct service_files *service_files_new(const char *runtime_dir, const struct declarations *d,
                                        struct error *err);
/* NULL: nothing. remove: with the files, as nobody needs them any more. */
void service_files_free(struct service_files *f, bool remove);
/* The directory, and what the controller is told of each, as many as are declared. Borrowed. */
const char *service_files_dir(const struct service_files *f);
const struct declared_service *service_files_list(const struct service_files *f);

/* Writes all that these need beside the files that are there, which stay. -1: nothing has changed.
 */
int service_files_prepare(struct service_files *f, const struct declarations *fresh,
                          struct error *err);
/* The declarations have become those that were prepared, and were others: the files and the list
 * do, too, which says what is anew for nodes. */
void service_files_take(struct service_files *f, const struct declarations *others);
/* Makes anew what is gone: 0, nothing was; 1, it is there again; -1, it cannot be made. */
int service_files_renew(struct service_files *f, struct error *err);
/* Removes those of services that are declared no longer and that no node has. */
void service_files_tidy(struct service_files *f, const struct controller *c);

#endif
