/* The table, measured with the programs of Debian 12. Pure. */
#include "program/remedy.h"

#include <string.h>

#include "base/mem.h"

static const struct remedy remedies[] = {
    {.program = "sed", .terminal = true, .own = "sed -u"},
    {.program = "grep", .terminal = true, .own = "grep --line-buffered"},
    {.program = "gawk", .terminal = true, .own = "fflush() behind each print"},
    {.program = "original-awk", .terminal = true, .own = "fflush() behind each print"},
    {.program = "mawk", .own = "mawk -W interactive"},
    {.program = "awk", .own = "mawk -W interactive, or gawk with fflush() behind each print"},
    {.program = "jq", .terminal = true, .own = "jq --unbuffered", .good = "1", .bad = "x"},
    {.program = "m4", .terminal = true, .own = "m4 -i"},
    {.program = "perl", .terminal = true, .own = "$|=1 at its start"},
    {.program = "python", .terminal = true, .own = "python3 -u, or print(..., flush=True)"},
    {.program = "ruby", .terminal = true, .own = "STDOUT.sync=true"},
    {.program = "guile", .terminal = true, .own = "(setvbuf (current-output-port) 'line)"},
    {.program = "racket", .terminal = true, .own = "(flush-output)"},
    {.program = "raku", .terminal = true, .own = "$*OUT.out-buffer=0"},
    {.program = "lua", .terminal = true, .own = "print in place of io.write"},
    {.program = "tr", .terminal = true},
    {.program = "cut", .terminal = true},
    {.program = "rev", .terminal = true},
    {.program = "uniq", .terminal = true},
    {.program = "nl", .terminal = true},
    {.program = "paste", .terminal = true},
    {.program = "fold", .terminal = true},
    {.program = "numfmt", .terminal = true, .good = "1", .bad = "x"},
    {.program = "date", .terminal = true, .good = "today", .bad = "x"},
    {.program = "factor", .terminal = true, .good = "12", .bad = "x"},
    {.program = "mlr", .own = "mlr --records-per-batch 1 --fflush --ojsonl"},
    {.program = "bc",
     .own = "bc -q",
     .sentinel = "'print \"done\\\\n\"' done",
     .good = "1",
     .bad = "1/0"},
    {.program = "dc", .sentinel = "'[done]p' done", .good = "1 p", .bad = "d"},
    {.program = "sqlite3",
     .sentinel = "\"select 'done';\" done",
     .good = "select 1;",
     .bad = "nonsense;"},
    {.program = "gp",
     .own = "gp -fq",
     .sentinel = "'print(\"done\")' done",
     .good = "1",
     .bad = "1/0"},
    {.program = "gnuplot",
     .own = "hello = set print \"-\"",
     .sentinel = "'print \"done\"' done",
     .good = "print 1",
     .bad = "nonsense"},
    {.program = "units", .own = "units -t", .good = "1 m"},
    {.program = "maxima", .own = "hello = display2d:false$", .good = "1;"},
    {.program = "tac", .own = "another program: it reads all of its input first"},
    {.program = "iconv", .own = "another program: it reads all of its input first"},
    {.program = "xxd", .own = "another program: it reads all of its input first"},
    {.program = "busybox", .own = "another program where it is late, as its sed and uniq are"},
};

const struct remedy *remedy_at(size_t i)
{
	return i < ARRAY_SIZE(remedies) ? &remedies[i] : NULL;
}

const struct remedy *remedy_find(const struct program_spec *s)
{
	const char *slash = strrchr(s->command[0], '/');
	const char *name = slash ? slash + 1 : s->command[0];

	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++) {
		size_t n = strlen(remedies[i].program);
		/* A version may stand behind the name. */
		if (strncmp(name, remedies[i].program, n) == 0 &&
		    strspn(name + n, "0123456789.") == strlen(name + n))
			return &remedies[i];
	}
	return NULL;
}

char *remedy_buffered(const struct program_spec *s)
{
	const struct remedy *r = remedy_find(s);
	const char *terminal =
	    s->terminal_output || (r && !r->terminal) ? NULL : "terminal = output";
	const char *own = r ? r->own : NULL;

	if (!terminal && !own)
		return mem_string("let it write out each line at once");
	return mem_format("%s%s%s", terminal ? terminal : "", terminal && own ? ", or " : "",
	                  own ? own : "");
}

char *remedy_counted(const struct program_spec *s)
{
	const struct remedy *r = remedy_find(s);

	if (r && r->sentinel)
		return mem_format("sentinel = %s", r->sentinel);
	return mem_string("a sentinel: a line that the program answers in a known way");
}

char *remedy_prompt(const struct program_spec *s)
{
	const struct remedy *r = remedy_find(s);

	if (r && r->own && !r->terminal)
		return mem_string(r->own);
	return mem_string("an option of the program's that leaves it out");
}
