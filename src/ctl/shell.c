/*
 * The shell. It owns the contact to dtreed, the private tree if there is one, and the descriptor
 * for signals: they are blocked, and end the shell wherever it waits.
 */
#include "ctl/shell.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/contact.h"
#include "ctl/loop.h"
#include "ctl/options.h"
#include "ctl/script.h"
#include "ctl/signals.h"
#include "ctl/terminal.h"

#define READ_SIZE ((size_t)64 * 1024)
/* On a terminal a reply that takes no longer than this is printed before the next prompt. */
#define PROMPT_WAIT_MS 300
/* So long is waited for what the greeting tells. */
#define GREETING_MS 1000

struct shell {
	const struct shell_options *options; /* borrowed */
	struct output *out;                  /* borrowed */
	struct private_tree tree;
	struct session session;
	struct loop loop;
	struct contact contact;
	struct script script;
	struct buffer input; /* read, not yet taken by the script */
	bool eof;
	bool ended;       /* the script was told of the end */
	bool interrupted; /* Ctrl-C came on an empty line, and nothing since */
	int failed;       /* errno of a failed read of the input; 0: none failed */
};

/* Reports why the shell cannot go on; as JSON only if no command's error object has reported it. */
static void shell_complain(const struct shell *sh, const struct dtree_error *why)
{
	bool told = sh->session.status == STATUS_NO_DAEMON || sh->session.status == STATUS_LATE;

	complain(sh->out->json && !told, why->code, why->text);
}

/* The loop's events end the shell: gives the exit status. */
static int shell_leave(struct shell *sh, unsigned events)
{
	if (events & LOOP_SIGNAL) {
		int number = sh->loop.signal ? sh->loop.signal : signals_take(sh->loop.signal_fd);
		return 128 + number;
	}
	if (events & LOOP_CLOSED)
		return STATUS_REFUSED;
	/* Due commands have got an error line, which must still be written. */
	sh->loop.client = NULL;
	while (buffer_size(&sh->out->pending)) {
		unsigned now = loop_turn(&sh->loop, -1);
		if (now & (LOOP_SIGNAL | LOOP_CLOSED))
			break;
	}
	if (sh->session.shutdown)
		return STATUS_OK;
	shell_complain(sh, &sh->loop.why);
	return events & LOOP_LATE ? STATUS_LATE : STATUS_NO_DAEMON;
}

/* Gives the input to the script; true once there is nothing left to take or to wait for. */
static bool shell_advance(struct shell *sh)
{
	if (buffer_size(&sh->input) && !sh->script.exit) {
		size_t n =
		    script_take(&sh->script, buffer_bytes(&sh->input), buffer_size(&sh->input));
		buffer_take(&sh->input, n);
	}
	if (sh->script.exit || (sh->eof && !buffer_size(&sh->input) && !sh->ended))
		sh->ended = script_end(&sh->script);
	return sh->ended && !sh->session.due && !buffer_size(&sh->out->pending);
}

static void shell_read(struct shell *sh)
{
	ssize_t n = read(STDIN_FILENO, buffer_reserve(&sh->input, READ_SIZE), READ_SIZE);

	if (n > 0)
		buffer_claim(&sh->input, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		sh->eof = true;
	if (n < 0 && sh->eof)
		sh->failed = errno;
}

static int shell_pipe(struct shell *sh)
{
	cleanup_free char *why = NULL;

	while (!shell_advance(sh)) {
		bool hungry = !sh->eof && !sh->script.exit && !buffer_size(&sh->input);
		unsigned events;

		sh->loop.input_fd = hungry ? STDIN_FILENO : -1;
		events = contact_turn(&sh->contact, -1);
		if (events & ~(unsigned)LOOP_INPUT)
			return shell_leave(sh, events);
		if (events & LOOP_INPUT)
			shell_read(sh);
	}
	if (!sh->failed)
		return STATUS_OK;
	why = mem_format("standard input: %s", strerror(sh->failed));
	complain(sh->out->json, DTREE_INVALID, why);
	return STATUS_REFUSED;
}

/* Ctrl-C on an empty line cancels the due commands; a second one ends the shell, as does the first
 * without a dtreed. */
static void shell_interrupt(struct shell *sh)
{
	bool due = sh->session.due || sh->script.state != SCRIPT_COMMANDS;

	if (sh->interrupted || sh->contact.state == CONTACT_GONE) {
		sh->loop.signal = SIGINT;
		return;
	}
	sh->interrupted = true;
	script_cancel(&sh->script);
	buffer_free(&sh->input);
	if (!due)
		loop_say(&sh->loop, "nothing is due; exit, or Ctrl-C again, ends the shell");
}

/* The terminal has shown "^C", also behind the line of an exec under way. */
static void shell_leave_key(struct shell *sh)
{
	if (sh->session.progress.shown) {
		progress_end(&sh->session.progress);
		return;
	}
	fputs("\n", stdout);
	fflush(stdout);
}

/* Handles signals while no line is read; false: one ends the shell. */
static bool shell_signals(struct shell *sh)
{
	int number;

	while (!sh->loop.signal && (number = signals_take(sh->loop.signal_fd))) {
		switch (number) {
		case SIGWINCH:
		case SIGCONT:
			break;
		case SIGTSTP:
			signals_stop();
			break;
		case SIGINT:
			shell_leave_key(sh);
			shell_interrupt(sh);
			break;
		default:
			sh->loop.signal = number;
			break;
		}
	}
	return !sh->loop.signal;
}

/* Waits a moment for replies, and until the script has taken the whole line. */
static unsigned shell_settle(struct shell *sh)
{
	int64_t end = clock_ms() + PROMPT_WAIT_MS;

	for (;;) {
		bool over = shell_advance(sh);
		bool taken = !buffer_size(&sh->input) && sh->script.state != SCRIPT_ASK;
		bool text = taken && sh->script.state == SCRIPT_TEXT && !sh->ended;
		int64_t left = end - clock_ms();
		unsigned events;

		if (over || text ||
		    (taken && !sh->ended && !sh->session.due && !buffer_size(&sh->out->pending)))
			return 0;
		if (taken && !sh->ended && left <= 0)
			return 0;
		events = contact_turn(&sh->contact, taken && !sh->ended ? (int)left : -1);
		if (events & LOOP_SIGNAL && shell_signals(sh))
			events &= ~(unsigned)LOOP_SIGNAL;
		if (events)
			return events;
	}
}

static int shell_terminal(struct shell *sh, struct terminal *terminal)
{
	unsigned events = 0;

	while (!sh->ended) {
		size_t n;
		enum interrupt interrupt;
		const char *line = terminal_line(terminal, &n, &events, &interrupt);

		if (events)
			break;
		if (interrupt != INTERRUPT_EMPTY)
			sh->interrupted = false;
		if (line)
			buffer_add(&sh->input, line, n);
		else if (interrupt == INTERRUPT_NONE)
			sh->eof = true;
		else if (interrupt == INTERRUPT_EMPTY)
			shell_interrupt(sh);
		if (sh->loop.signal) {
			events = LOOP_SIGNAL;
			break;
		}
		events = shell_settle(sh);
		if (events)
			break;
	}
	return events ? shell_leave(sh, events) : STATUS_OK;
}

/* What nodes may run, "sum, dict, calc": the built-in services, then those that are declared. */
static void shell_add_services(struct shell *sh, struct buffer *text)
{
	struct dtree_error err;
	struct dtree_reply *reply =
	    dtree_client_call(sh->contact.client, dtree_request_new("services"), GREETING_MS, &err);
	const struct dtree_value *result = reply ? dtree_reply_result(reply) : NULL;
	const struct dtree_value *service = result ? dtree_value_first(result, "services") : NULL;

	if (service)
		buffer_add_string(text, "Services: ");
	for (; service; service = dtree_value_next(service)) {
		const char *name = dtree_value_string(service, "name", NULL);
		buffer_format(text, "%s%s", name ? name : "?",
		              dtree_value_next(service) ? ", " : ". ");
	}
	dtree_reply_free(reply);
}

/* Prints a greeting for new users. */
static void shell_greet(struct shell *sh)
{
	struct buffer text = {0};

	buffer_format(&text, "dtree " PACKAGE_VERSION ": topology %s, service %s\n",
	              sh->contact.topology, sh->contact.service);
	shell_add_services(sh, &text);
	buffer_add_string(&text, "help lists the commands, exit ends the shell.\n");
	output_add(sh->out, &text);
	output_flush(sh->out);
}

static int shell_talk(struct shell *sh)
{
	struct terminal *terminal;
	int status;

	/* A prompt is printed on a terminal only. */
	if (!isatty(STDIN_FILENO) || !sh->out->style.lines)
		return shell_pipe(sh);
	terminal = terminal_open(&sh->contact);
	if (!terminal)
		return shell_pipe(sh);
	sh->contact.again = !sh->options->is_private;
	if (!sh->out->json)
		shell_greet(sh);
	status = shell_terminal(sh, terminal);
	terminal_close(terminal);
	return status;
}

/* On a pipe a private tree belongs to a script, which gets no lines that it did not ask for. */
static enum notices_mode notices_mode_of(const struct shell *sh)
{
	if (isatty(STDIN_FILENO) && sh->out->style.lines)
		return NOTICES_ALL;
	return sh->options->is_private && !sh->options->tree.heartbeat ? NOTICES_QUIET
	                                                               : NOTICES_LOSSES;
}

static int shell_connect(struct shell *sh, const char *path)
{
	struct dtree_error err;
	unsigned events = 0;
	int status;

	sh->loop.out = sh->out;
	sh->loop.progress = &sh->session.progress;
	sh->loop.input_fd = -1;
	sh->contact = (struct contact){.path = path, .loop = &sh->loop, .session = &sh->session};
	sh->contact.timeout_ms = sh->options->timeout_ms;
	sh->contact.notices.mode = notices_mode_of(sh);
	if (contact_open(&sh->contact, &err)) {
		complain(sh->out->json, err.code, err.text);
		return err.code == DTREE_BUSY ? STATUS_LATE : STATUS_NO_DAEMON;
	}
	sh->session.keep_lost = true;
	sh->session.tracing.json = sh->out->json;
	sh->session.woke = &sh->loop.woke;
	sh->loop.measures = &sh->session.tracing.on;
	progress_open(&sh->session.progress, sh->out->json);
	script_open(&sh->script, &sh->session);
	/* Commands are read only after the tree's default service is known. */
	while (sh->contact.state == CONTACT_NEW && !events)
		events = contact_turn(&sh->contact, -1);
	status = events ? shell_leave(sh, events) : shell_talk(sh);
	contact_close(&sh->contact);
	tracing_close(&sh->session.tracing, NULL);
	script_close(&sh->script);
	buffer_free(&sh->input);
	return status;
}

int shell_run(const struct shell_options *options, struct output *out)
{
	struct shell sh = {.options = options, .out = out};
	cleanup_free char *path = NULL;
	struct error err;
	bool usage;
	int status;

	sh.loop.signal_fd = signals_open();
	if (!options->is_private) {
		path = options->socket ? mem_string(options->socket) : dtree_socket_path();
		status = shell_connect(&sh, path);
	} else if (private_start(&sh.tree, &options->tree, sh.loop.signal_fd, &usage, &err)) {
		complain(out->json, usage ? ERR_PARAMS : DTREE_NO_DAEMON, err.text);
		status = usage ? STATUS_USAGE : STATUS_NO_DAEMON;
	} else {
		status = shell_connect(&sh, sh.tree.socket);
		private_stop(&sh.tree);
	}
	close(sh.loop.signal_fd);
	return status;
}
