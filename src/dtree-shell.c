/*
 * dtree-shell: dtreectl executes it for `shell`, with the same command line, which dtreectl has
 * checked. To the user it is dtreectl.
 *
 * main owns the output; the shell owns the connection, and a private tree.
 */
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/inherit.h"
#include "ctl/options.h"
#include "ctl/session.h"
#include "ctl/shell.h"

int main(int argc, char **argv)
{
	struct options o = {.color = COLOR_AUTO};
	struct shell_options shell;
	struct output out;
	int status;

	inherit_reset(INHERIT_COMMAND);
	/* Only the user may read what it makes: a private tree's directory, and the history. */
	umask(0077);
	status = options_read(argc, argv, &o);
	if (status >= 0)
		return status;
	if (optind == argc)
		return usage_error(&o, "dtree-shell is started by dtreectl");
	status = options_read_shell(argc - optind, argv + optind, &o, &shell);
	if (status >= 0) {
		options_free_shell(&shell);
		return status;
	}
	output_open(&out, STDOUT_FILENO, o.json, o.color);
	status = shell_run(&shell, &out);
	options_free_shell(&shell);
	if (!output_close(&out) && status == STATUS_OK)
		status = STATUS_REFUSED;
	return status;
}
