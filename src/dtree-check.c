/*
 * dtree-check: tries the program of a declared service. dtreectl executes it for `check-service`.
 *
 *     dtree-check [--json] [--check ARGS] [--error ARGS] --service-file FILE NAME
 *     dtree-check [--json] [--check ARGS] [--error ARGS] [--config FILE] [--define NAME=COMMAND]
 * NAME
 *
 * FILE of --service-file is what dtreed has written for its workers. Exit status 0: it is a good
 * service; 1: it is none, or cannot be tried; 2: wrong usage, or a mistake in the configuration.
 *
 * main owns the loop, and the directory that the program has in place of a node's. A signal that
 * ends this process removes that; the kernel kills the program.
 */
#include <errno.h>
#include <ev.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/inherit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/program.h"
#include "base/remove.h"
#include "daemon/load.h"
#include "program/check.h"
#include "program/spec_file.h"
#include "program/words.h"
#include "wire/json_write.h"

#define EXIT_USAGE 2

struct wanted {
	const char *name;
	const char *file;  /* NULL: it is declared as options say */
	const char **load; /* owned: what dtreed would be given */
	int load_count;
	char **good; /* owned; NULL: not given */
	char **bad;
	bool json;
};

static int wanted_refuse(const char *text)
{
	fprintf(stderr, "dtreectl: %s\n", text);
	return EXIT_USAGE;
}

static int wanted_words(const char *what, const char *text, char ***words)
{
	struct error err;

	program_words_free(*words);
	*words = program_words_split(what, text, &err);
	return *words ? 0 : wanted_refuse(err.text);
}

/* The private tree of a shell has the same defaults for everybody, and reads no file but the one
 * that is named. */
static void wanted_init(struct wanted *w, int argc)
{
	static const char *const fixed[] = {"dtreed",        "--private",   "--lifeline",  "3",
	                                    "--runtime-dir", "/",           "--state-dir", "/",
	                                    "--socket",      "/dtree-check"};

	*w = (struct wanted){
	    .load = mem_new_array(ARRAY_SIZE(fixed) + (size_t)argc + 1, sizeof *w->load),
	    .load_count = ARRAY_SIZE(fixed)};
	memcpy(w->load, fixed, sizeof fixed);
}

static int wanted_read(struct wanted *w, int argc, char **argv)
{
	enum { OPT_JSON, OPT_CHECK, OPT_ERROR, OPT_FILE, OPT_CONFIG, OPT_DEFINE };
	static const struct option options[] = {{"json", no_argument, NULL, OPT_JSON},
	                                        {"check", required_argument, NULL, OPT_CHECK},
	                                        {"error", required_argument, NULL, OPT_ERROR},
	                                        {"service-file", required_argument, NULL, OPT_FILE},
	                                        {"config", required_argument, NULL, OPT_CONFIG},
	                                        {"define", required_argument, NULL, OPT_DEFINE},
	                                        {0}};
	int c;

	wanted_init(w, argc);
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (c) {
		case OPT_JSON:
			w->json = true;
			break;
		case OPT_CHECK:
			if (wanted_words("--check", optarg, &w->good))
				return EXIT_USAGE;
			break;
		case OPT_ERROR:
			if (wanted_words("--error", optarg, &w->bad))
				return EXIT_USAGE;
			break;
		case OPT_FILE:
			w->file = optarg;
			break;
		case OPT_CONFIG:
		case OPT_DEFINE:
			w->load[w->load_count++] = c == OPT_CONFIG ? "--config" : "--define";
			w->load[w->load_count++] = optarg;
			break;
		default:
			return EXIT_USAGE;
		}
	if (optind + 1 != argc)
		return wanted_refuse("dtree-check is started by dtreectl");
	w->name = argv[optind];
	return 0;
}

static int check_tell_mistakes(const struct mistakes *found)
{
	for (size_t i = 0; i < found->count; i++)
		fprintf(stderr, "dtreectl: %s\n", found->texts[i]);
	return EXIT_USAGE;
}

/* Takes the spec of the service out of the configuration. */
static int check_declared(const struct wanted *w, struct program_spec *spec)
{
	const struct surroundings around = {.home = getenv("HOME")};
	struct config config = {0};
	struct mistakes found = {0};
	int status = EXIT_USAGE;

	/* getopt begins anew. */
	optind = 0;
	config_load(w->load_count, (char **)w->load, &around, &config, &found);
	if (found.count) {
		status = check_tell_mistakes(&found);
	} else {
		for (size_t i = 0; i < config.services.count && status; i++)
			if (strcmp(config.services.items[i]->name, w->name) == 0) {
				*spec = config.services.items[i]->spec;
				config.services.items[i]->spec = (struct program_spec){0};
				status = 0;
			}
		if (status)
			fprintf(stderr, "dtreectl: no service %s is declared\n", w->name);
	}
	config_free(&config);
	mistakes_free(&found);
	return status;
}

static int check_find(const struct wanted *w, struct program_spec *spec)
{
	struct error err;

	if (!w->file)
		return check_declared(w, spec);
	if (spec_file_read(w->file, w->name, spec, &err) == 0)
		return 0;
	fprintf(stderr, "dtreectl: %s; it can be tried by the user of dtreed, or with --config\n",
	        err.text);
	return EXIT_FAILURE;
}

static const char *check_end_name(enum check_end end)
{
	switch (end) {
	case CHECK_ANSWERED:
		return "answered";
	case CHECK_REFUSED:
		return "refused";
	case CHECK_SILENT:
		break;
	}
	return "silent";
}

static void check_add_text(struct buffer *b, const char *name, const char *text)
{
	if (text)
		json_add_text(b, name, text);
	else
		json_add_null(b, name);
}

static void check_print_json(const struct wanted *w, const char *protocol,
                             const struct check_report *r)
{
	struct buffer b = {0};

	json_open_object(&b, NULL);
	json_add_text(&b, "service", w->name);
	json_add_text(&b, "protocol", protocol);
	json_add_bool(&b, "good", !r->fault);
	json_open_array(&b, "steps");
	for (size_t i = 0; i < r->count; i++) {
		const struct check_step *step = &r->steps[i];
		json_open_object(&b, NULL);
		json_add_text(&b, "step", step->what);
		json_add_text(&b, "asked", step->asked);
		json_add_text(&b, "end", check_end_name(step->end));
		json_add_int(&b, "ms", step->ms);
		check_add_text(&b, "answer", step->answer);
		check_add_text(&b, "said", step->said);
		json_close_object(&b);
	}
	json_close_array(&b);
	check_add_text(&b, "fault", r->fault);
	check_add_text(&b, "remedy", r->remedy);
	check_add_text(&b, "note", r->note);
	json_close_object(&b);
	printf("%.*s\n", (int)buffer_size(&b), buffer_bytes(&b));
	buffer_free(&b);
}

static void check_print_step(const struct check_step *step)
{
	printf("%s: asked '%s', ", step->what, step->asked);
	if (step->end == CHECK_SILENT)
		printf("no answer in %lld ms", (long long)step->ms);
	else
		printf("%s in %lld ms: %s", check_end_name(step->end), (long long)step->ms,
		       step->answer);
	if (step->said)
		printf(" (standard error: %s)", step->said);
	printf("\n");
}

static void check_print(const struct check_report *r)
{
	for (size_t i = 0; i < r->count; i++)
		check_print_step(&r->steps[i]);
	if (r->note)
		printf("Note: %s\n", r->note);
	if (!r->fault)
		printf("Ok: each answer came at once, one for one\n");
	else
		printf("Error: %s\n", r->fault);
	if (r->fault && r->remedy)
		printf("Remedy: %s\n", r->remedy);
}

static void check_on_signal(struct ev_loop *loop, ev_signal *ended, int revents)
{
	(void)loop;
	(void)revents;
	remove_all(ended->data, NULL);
	_exit(128 + ended->signum);
}

/* The spec is taken over. */
static int check_try(const struct wanted *w, struct program_spec *spec, char *dir)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	ev_signal ends[ARRAY_SIZE(numbers)];
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	const char *protocol = program_protocol_name(spec->protocol);
	struct check_report report;
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		ev_signal_init(&ends[i], check_on_signal, numbers[i]);
		ends[i].data = dir;
		ev_signal_start(loop, &ends[i]);
	}
	check_service(loop, spec, w->good, w->bad, dir, &report);
	if (w->json)
		check_print_json(w, protocol, &report);
	else
		check_print(&report);
	status = report.fault ? EXIT_FAILURE : EXIT_SUCCESS;
	check_report_free(&report);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		ev_signal_stop(loop, &ends[i]);
	ev_loop_destroy(loop);
	return status;
}

static int check_run(const struct wanted *w)
{
	const char *above = getenv("TMPDIR");
	cleanup_free char *dir =
	    mem_format("%s/dtree-check-XXXXXX", above && *above ? above : "/tmp");
	struct program_spec *spec = mem_new(sizeof *spec);
	int status = check_find(w, spec);

	if (status == 0 && spec->library) {
		fprintf(stderr, "dtreectl: %s is a plug-in: there is no program to be tried\n",
		        w->name);
		status = EXIT_FAILURE;
	}
	if (status == 0 && !mkdtemp(dir)) {
		fprintf(stderr, "dtreectl: %s: %s\n", dir, strerror(errno));
		status = EXIT_FAILURE;
	}
	if (status == 0) {
		status = check_try(w, spec, dir);
		remove_all(dir, NULL);
		return status;
	}
	program_spec_free(spec);
	free(spec);
	return status;
}

int main(int argc, char **argv)
{
	struct wanted w;
	int status;

	inherit_reset(INHERIT_WORKER);
	program_streams();
	log_open("dtree-check", LOG_LEVEL_INFO);
	status = wanted_read(&w, argc, argv);
	if (status == 0)
		status = check_run(&w);
	program_words_free(w.good);
	program_words_free(w.bad);
	free(w.load);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "dtreectl: standard output: %s\n", strerror(errno));
		status = EXIT_FAILURE;
	}
	return status;
}
