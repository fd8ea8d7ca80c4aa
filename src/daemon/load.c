/* The order of things: command line, file, defaults, and what must hold between settings. */
#include "daemon/load.h"

#include <getopt.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "daemon/configfile.h"

/* getopt_long() gives this and the number of the row; below are its own characters. */
#define OPTION_BASE 256
/* How much of a culprit an error message repeats. */
#define SHOWN 80

static int bad_option(char **argv, int found, struct error *err)
{
	const struct setting *s =
	    optopt >= OPTION_BASE ? setting_at((size_t)(optopt - OPTION_BASE)) : NULL;
	cleanup_free char *shown = NULL;

	if (s && found == ':')
		return error_set(err, ERR_PARAMS, "--%s needs a value", setting_name(s));
	if (s)
		return error_set(err, ERR_PARAMS, "--%s takes no value", setting_name(s));
	if (optopt)
		shown = mem_format("-%c", optopt >= ' ' && optopt < 0x7f ? optopt : '?');
	else
		shown = parse_printable(argv[optind - 1], strlen(argv[optind - 1]), SHOWN);
	return error_set(err, ERR_PARAMS, "unknown option '%s'; see --help", shown);
}

static int read_command_line(int argc, char **argv, struct config *config, struct error *err)
{
	struct option options[SETTING_COUNT + 1] = {0};
	int found;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		options[i] = (struct option){
		    .name = setting_name(setting_at(i)),
		    .has_arg = setting_is_flag(setting_at(i)) ? no_argument : required_argument,
		    .val = OPTION_BASE + (int)i,
		};
	opterr = 0;
	optind = 0; /* glibc: start anew */
	while ((found = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (found < OPTION_BASE)
			return bad_option(argv, found, err);
		const struct setting *s = setting_at((size_t)(found - OPTION_BASE));
		cleanup_free char *what = mem_format("--%s", setting_name(s));
		if (setting_store(s, what, optarg ? optarg : "", "command line", config, err))
			return -1;
	}
	if (optind < argc) {
		cleanup_free char *shown =
		    parse_printable(argv[optind], strlen(argv[optind]), SHOWN);
		return error_set(err, ERR_PARAMS, "unexpected argument '%s'; see --help", shown);
	}
	return 0;
}

/* The XDG Base Directory Specification: what is not absolute is to be ignored. */
static const char *absolute(const char *path)
{
	return path && *path == '/' ? path : NULL;
}

static int default_dirs(const struct surroundings *around, const struct config *config,
                        char **runtime, char **state, struct error *err)
{
	const char *xdg_runtime = absolute(around->xdg_runtime_dir);
	const char *xdg_state = absolute(around->xdg_state_home);
	const char *home = absolute(around->home);

	if (config->runtime_dir)
		*runtime = mem_string(config->runtime_dir);
	else if (around->root)
		*runtime = mem_string("/run/dtree");
	else if (xdg_runtime)
		*runtime = mem_format("%s/dtree", xdg_runtime);
	else
		return error_set(err, ERR_PARAMS,
		                 "XDG_RUNTIME_DIR is not set to an absolute path: "
		                 "set it, or name a directory with --runtime-dir");
	if (config->state_dir)
		*state = mem_string(config->state_dir);
	else if (config->private_tree)
		*state = mem_format("%s/state", *runtime);
	else if (around->root)
		*state = mem_string("/var/lib/dtree");
	else if (xdg_state || home)
		*state = xdg_state ? mem_format("%s/dtree", xdg_state)
		                   : mem_format("%s/.local/state/dtree", home);
	else
		return error_set(err, ERR_PARAMS,
		                 "HOME is not set to an absolute path: set it, or "
		                 "name a directory with --state-dir");
	return 0;
}

/* Stores a default where the row has no value yet. text may be NULL: there is none. */
static int store_default(const char *name, const char *text, struct config *config,
                         struct error *err)
{
	const struct setting *s = setting_find(name, false);

	if (!text || setting_origin(s, config))
		return 0;
	return setting_store(s, name, text, SETTING_DEFAULT, config, err);
}

static int fill_defaults(const struct surroundings *around, struct config *config,
                         struct error *err)
{
	cleanup_free char *runtime = NULL;
	cleanup_free char *state = NULL;
	cleanup_free char *socket = NULL;

	if (default_dirs(around, config, &runtime, &state, err))
		return -1;
	socket = mem_format("%s/control.sock", runtime);
	if (store_default("runtime-dir", runtime, config, err) ||
	    store_default("state-dir", state, config, err) ||
	    store_default("socket", socket, config, err) ||
	    store_default("worker", around->worker, config, err))
		return -1;
	/* A shell's tree has no heartbeat until the shell asks for it, little to say, and an end.
	 */
	if (config->private_tree && (store_default("durability", "none", config, err) ||
	                             store_default("heartbeat", "0", config, err) ||
	                             store_default("orphan-timeout", "0", config, err) ||
	                             store_default("stop-grace", "500", config, err) ||
	                             store_default("log-level", "warn", config, err)))
		return -1;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = setting_at(i);
		if (store_default(setting_name(s), setting_preset(s), config, err))
			return -1;
	}
	return 0;
}

static int read_file(const struct surroundings *around, struct config *config, struct error *err)
{
	const char *xdg_config = absolute(around->xdg_config_home);
	const char *home = absolute(around->home);
	cleanup_free char *path = NULL;

	if (config->config)
		return configfile_read(config->config, true, config, err);
	/* A shell's own tree is the same for everyone. */
	if (config->private_tree)
		return 0;
	if (around->root)
		path = around->system_config ? mem_string(around->system_config) : NULL;
	else if (xdg_config)
		path = mem_format("%s/dtree/dtreed.conf", xdg_config);
	else if (home)
		path = mem_format("%s/.config/dtree/dtreed.conf", home);
	return path ? configfile_read(path, false, config, err) : 0;
}

/* A private tree removes its runtime directory: it must have been meant. */
static int check_private(const struct config *config, struct error *err)
{
	if (config->private_tree && !config->lifeline)
		return error_set(err, ERR_PARAMS, "--private needs --lifeline");
	if (config->lifeline && !config->private_tree)
		return error_set(err, ERR_PARAMS, "--lifeline needs --private");
	if (config->private_tree && !config->runtime_dir)
		return error_set(err, ERR_PARAMS, "--private needs --runtime-dir");
	return 0;
}

int config_load(int argc, char **argv, const struct surroundings *around, struct config *config,
                struct error *err)
{
	if (read_command_line(argc, argv, config, err))
		return -1;
	if (config->help || config->version)
		return 0;
	if (check_private(config, err) || read_file(around, config, err))
		return -1;
	if (fill_defaults(around, config, err))
		return -1;
	if (config->private_tree && config->orphan_timeout)
		return error_set(err, ERR_PARAMS, "with --private, --orphan-timeout is 0");
	return 0;
}
