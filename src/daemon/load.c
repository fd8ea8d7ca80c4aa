/* Loads settings in order: command line, file, defaults. Then checks settings against each
 * other. */
#include "daemon/load.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "daemon/configfile.h"
#include "daemon/node_finish.h"

/* getopt_long() gives this plus the row's number; lower values are characters. */
#define OPTION_BASE 256
/* How the files of the directory beside the configuration file end. */
#define DROPIN ".conf"
/* How much of a culprit an error message repeats. */
#define SHOWN 80

static void load_bad_option(char **argv, int option, struct mistakes *found)
{
	const struct setting *s =
	    optopt >= OPTION_BASE ? setting_at((size_t)(optopt - OPTION_BASE)) : NULL;
	cleanup_free char *shown = NULL;

	if (s) {
		mistakes_add(found, option == ':' ? "--%s needs a value" : "--%s takes no value",
		             setting_name(s));
		return;
	}
	if (optopt)
		shown = mem_format("-%c", optopt >= ' ' && optopt < 0x7f ? optopt : '?');
	else
		shown = parse_printable(argv[optind - 1], strlen(argv[optind - 1]), SHOWN);
	mistakes_add(found, "unknown option '%s'; see --help", shown);
}

static void take_option(int option, struct config *config, struct mistakes *found)
{
	const struct setting *s = setting_at((size_t)(option - OPTION_BASE));
	cleanup_free char *what = mem_format("--%s", setting_name(s));
	struct error err;

	if (setting_store(s, what, optarg ? optarg : "", SETTING_BY_OPTION, config, &err))
		mistakes_add(found, "%s", err.text);
	else
		setting_want(s, what, optarg, config);
}

static void read_command_line(int argc, char **argv, struct config *config, struct mistakes *found)
{
	struct option options[SETTING_COUNT + 1] = {0};
	bool unknown = false;
	int option;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		options[i] = (struct option){
		    .name = setting_name(setting_at(i)),
		    .has_arg = setting_is_flag(setting_at(i)) ? no_argument : required_argument,
		    .val = OPTION_BASE + (int)i,
		};
	opterr = 0;
	optind = 0; /* glibc: restarts the scan */
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option < OPTION_BASE)
			load_bad_option(argv, option, found);
		else
			take_option(option, config, found);
		unknown = unknown || option < OPTION_BASE;
	}
	/* A word behind an unknown option may be its value. */
	for (; optind < argc && !unknown; optind++) {
		cleanup_free char *shown =
		    parse_printable(argv[optind], strlen(argv[optind]), SHOWN);
		mistakes_add(found, "unexpected argument '%s'; see --help", shown);
	}
}

/* The XDG Base Directory Specification says that paths which are not absolute are ignored. */
static const char *absolute(const char *path)
{
	return path && *path == '/' ? path : NULL;
}

/* A directory without a default has no value then. */
static void default_dirs(const struct surroundings *around, const struct config *config,
                         char **runtime, char **state, struct mistakes *found)
{
	const char *xdg_runtime = absolute(around->xdg_runtime_dir);
	const char *xdg_state = absolute(around->xdg_state_home);
	const char *home = absolute(around->home);

	if (config->runtime_dir)
		*runtime = mem_string(config->runtime_dir);
	else if (around->runtime_directory)
		*runtime = mem_string(around->runtime_directory);
	else if (around->root)
		*runtime = mem_string("/run/dtree");
	else if (xdg_runtime)
		*runtime = mem_format("%s/dtree", xdg_runtime);
	else
		mistakes_add(found, "XDG_RUNTIME_DIR is not set to an absolute path: "
		                    "set it, or name a directory with --runtime-dir");
	if (config->state_dir)
		*state = mem_string(config->state_dir);
	else if (config->private_tree && *runtime)
		*state = mem_format("%s/state", *runtime);
	else if (config->private_tree)
		return;
	else if (around->state_directory)
		*state = mem_string(around->state_directory);
	else if (around->root)
		*state = mem_string("/var/lib/dtree");
	else if (xdg_state || home)
		*state = xdg_state ? mem_format("%s/dtree", xdg_state)
		                   : mem_format("%s/.local/state/dtree", home);
	else
		mistakes_add(found, "HOME is not set to an absolute path: set it, or "
		                    "name a directory with --state-dir");
}

/* Stores a default where the row has no value yet. text: NULL if there is no default. */
static void store_default(const char *name, const char *text, struct config *config,
                          struct mistakes *found)
{
	const struct setting *s = setting_find(name, false);
	struct error err;

	if (text && !setting_origin(s, config) &&
	    setting_store(s, name, text, SETTING_DEFAULT, config, &err))
		mistakes_add(found, "%s", err.text);
}

/* A private tree of a shell logs little, and ends with the shell. */
static const struct {
	const char *name;
	const char *text;
} private_defaults[] = {
    {"durability", "none"}, {"heartbeat", "500"},  {"orphan-timeout", "0"},
    {"stop-grace", "500"},  {"log-level", "warn"},
};

static void fill_defaults(const struct surroundings *around, struct config *config,
                          struct mistakes *found)
{
	cleanup_free char *runtime = NULL;
	cleanup_free char *state = NULL;
	cleanup_free char *socket = NULL;

	default_dirs(around, config, &runtime, &state, found);
	if (runtime)
		socket = mem_format("%s/control.sock", runtime);
	store_default("runtime-dir", runtime, config, found);
	store_default("state-dir", state, config, found);
	store_default("socket", socket, config, found);
	store_default("worker", around->worker, config, found);
	for (size_t i = 0; i < ARRAY_SIZE(private_defaults) && config->private_tree; i++)
		store_default(private_defaults[i].name, private_defaults[i].text, config, found);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = setting_at(i);
		store_default(setting_name(s), setting_preset(s), config, found);
	}
}

static int is_dropin(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return *entry->d_name != '.' && n >= strlen(DROPIN) &&
	       strcmp(entry->d_name + n - strlen(DROPIN), DROPIN) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* What stands in files of a directory beside the file at this path, in the order of their names. */
static void dropins_read(const char *path, bool again, struct config *config,
                         struct mistakes *found)
{
	cleanup_free char *dir = mem_format("%s.d", path);
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_dropin, by_name);

	if (count < 0 && errno != ENOENT && errno != ENOTDIR)
		mistakes_file(found, dir, errno);
	for (int i = 0; i < count; i++) {
		cleanup_free char *file = mem_format("%s/%s", dir, entries[i]->d_name);
		configfile_read(file, true, again, config, found);
		free(entries[i]);
	}
	free(entries);
}

static void read_file(const struct surroundings *around, struct config *config,
                      struct mistakes *found)
{
	const char *xdg_config = absolute(around->xdg_config_home);
	const char *home = absolute(around->home);
	cleanup_free char *path = NULL;

	if (config->config) {
		configfile_read(config->config, true, around->again, config, found);
		dropins_read(config->config, around->again, config, found);
		return;
	}
	/* A private tree of a shell has the same defaults for every user. */
	if (config->private_tree)
		return;
	if (around->configuration_directory)
		path = mem_format("%s/dtreed.conf", around->configuration_directory);
	else if (around->root)
		path = around->system_config ? mem_string(around->system_config) : NULL;
	else if (xdg_config)
		path = mem_format("%s/dtree/dtreed.conf", xdg_config);
	else if (home)
		path = mem_format("%s/.config/dtree/dtreed.conf", home);
	if (path) {
		configfile_read(path, false, around->again, config, found);
		dropins_read(path, around->again, config, found);
	}
}

/* A private tree removes its runtime directory, so that must be given explicitly. */
static void check_private(const struct config *config, struct mistakes *found)
{
	if (config->private_tree && !config->lifeline)
		mistakes_add(found, "--private needs --lifeline");
	if (config->lifeline && !config->private_tree)
		mistakes_add(found, "--lifeline needs --private");
	if (config->private_tree && !config->runtime_dir)
		mistakes_add(found, "--private needs --runtime-dir");
}

void config_load(int argc, char **argv, const struct surroundings *around, struct config *config,
                 struct mistakes *found)
{
	read_command_line(argc, argv, config, found);
	if (config->help || config->version)
		return;
	check_private(config, found);
	read_file(around, config, found);
	declare_finish(&config->services, found);
	fill_defaults(around, config, found);
	nodes_finish(config, found);
	if (config->private_tree && config->orphan_timeout)
		mistakes_add(found, "with --private, --orphan-timeout is 0");
}

char *config_managed_directory(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value == '/' ? mem_copy(value, strcspn(value, ":")) : NULL;
}
