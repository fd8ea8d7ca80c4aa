/*
 * The files that dtreed has to have while it runs: its directories, the files of declared services,
 * those of links, the control socket. What somebody removes is made anew.
 */
#ifndef DAEMON_OWN_FILES_H
#define DAEMON_OWN_FILES_H

#include "control/socket.h"
#include "controller/controller.h"
#include "daemon/listen.h"
#include "daemon/runtime.h"
#include "daemon/service_files.h"

/* The owners of the files; all borrowed. */
struct own_files_config {
	struct runtime *runtime;
	struct service_files *services;
	bool has_services; /* are any declared? */
	struct controller *controller;
	struct listen *listen;
	struct control *control;
	const char *socket; /* path of the control socket */
};

struct own_files;

struct own_files *own_files_new(struct ev_loop *loop, const struct own_files_config *config);
/* Nothing is made anew any more. NULL: nothing. */
void own_files_free(struct own_files *f);
/* Looks soon. NULL: nothing. */
void own_files_look(struct own_files *f);

#endif
