/* The table of forms. Stateless. */
#include "ctl/trace_formats.h"

#include "wire/trace_otlp.h"

static const struct trace_format formats[] = {
    {.name = "chrome", .many = true, .write = trace_chrome_write},
    {.name = "otlp", .many = true, .has_ids = true, .write = trace_otlp_write},
    {.name = "svg", .write = trace_svg_write},
};

const struct trace_format *trace_format_at(size_t i)
{
	return i < ARRAY_SIZE(formats) ? &formats[i] : NULL;
}
