/* Owns the watch. */
#include "daemon/own_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/file_watch.h"

/* The directories that are watched. */
enum { DIR_RUNTIME, DIR_LINKS, DIR_SOCKET, DIR_SERVICES };

struct own_files {
	struct own_files_config of;
	struct file_watch *watch;
	bool failing; /* some cannot be made, which was logged */
};

static bool own_files_concern(void *arg, size_t dir, const char *name)
{
	const struct own_files *f = arg;
	const char *socket = strrchr(f->of.socket, '/');

	/* The runtime directory has few files, and the socket may be in any directory. */
	if (dir == DIR_LINKS)
		return controller_expects_file(f->of.controller, name);
	return dir == DIR_RUNTIME || dir == DIR_SERVICES ||
	       strcmp(socket ? socket + 1 : f->of.socket, name) == 0;
}

/* rc: 1, it was made; -1, *err says why it is not. */
static void own_files_tell(const struct own_files *f, const char *path, int rc,
                           const struct error *err)
{
	if (rc > 0)
		log_warn("files", "%s was gone: made anew", path);
	else if (rc < 0 && !f->failing)
		log_error("files", "%s is gone, and cannot be made: %s", path, err->text);
}

static bool own_files_check(void *arg)
{
	struct own_files *f = arg;
	struct error err;
	int fd = -1;
	int directories = runtime_renew(f->of.runtime, &err);
	int socket;
	int services;
	bool links;

	own_files_tell(f, runtime_links(f->of.runtime), directories, &err);
	links = directories >= 0 && controller_check_files(f->of.controller);
	services = service_files_renew(f->of.services, &err);
	own_files_tell(f, service_files_dir(f->of.services), services, &err);
	socket = listen_renew(f->of.listen, &fd, &err);
	own_files_tell(f, f->of.socket, socket, &err);
	if (socket > 0)
		control_listen(f->of.control, fd);
	f->failing = directories < 0 || socket < 0 || services < 0;
	return links && !f->failing;
}

struct own_files *own_files_new(struct ev_loop *loop, const struct own_files_config *config)
{
	struct own_files *f = mem_new(sizeof *f);
	const struct file_watch_config watch = {
	    .dirs = {[DIR_RUNTIME] = runtime_dir(config->runtime),
	             [DIR_LINKS] = runtime_links(config->runtime),
	             [DIR_SOCKET] = listen_dir(config->listen),
	             [DIR_SERVICES] =
	                 config->has_services ? service_files_dir(config->services) : NULL},
	    .concerns = own_files_concern,
	    .check = own_files_check,
	    .arg = f,
	};

	f->of = *config;
	f->watch = file_watch_new(loop, &watch);
	return f;
}

void own_files_free(struct own_files *f)
{
	if (!f)
		return;
	file_watch_free(f->watch);
	free(f);
}

void own_files_look(struct own_files *f)
{
	if (f)
		file_watch_look(f->watch);
}
