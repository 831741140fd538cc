/* A LADSPA plugin, written against the published interface: lets sound through a given number of seconds later. */
#include <stdlib.h>

typedef struct {
    unsigned long unique_id;
    const char *label;
    int properties;
    const char *name, *maker, *copyright;
    unsigned long port_count;
    const int *port_descriptors;
    const char *const *port_names;
    const void *port_range_hints;
    void *implementation_data;
    void *(*instantiate)(const void *, unsigned long);
    void (*connect_port)(void *, unsigned long, float *);
    void (*activate)(void *);
    void (*run)(void *, unsigned long);
    void (*run_adding)(void *, unsigned long);
    void (*set_run_adding_gain)(void *, float);
    void (*deactivate)(void *);
    void (*cleanup)(void *);
} Descriptor;

typedef struct {
    int hint;
    float lower, upper;
} Range;

enum { SECONDS, IN, OUT, PORTS };

typedef struct {
    float *port[PORTS];
    float *kept;
    unsigned long rate, at;
} Line;

static void *instantiate(const void *descriptor, unsigned long rate) {
    (void)descriptor;
    Line *line = calloc(1, sizeof *line);
    line->rate = rate; /* also the room: one second */
    line->kept = calloc(rate, sizeof *line->kept);
    return line;
}

static void connect_port(void *instance, unsigned long port, float *where) { ((Line *)instance)->port[port] = where; }

static void run(void *instance, unsigned long count) {
    Line *line = instance;
    unsigned long late = (unsigned long)(*line->port[SECONDS] * line->rate + 0.5f);
    for (unsigned long i = 0; i < count; i++) {
        line->kept[line->at] = line->port[IN][i];
        line->port[OUT][i] = line->kept[(line->at + line->rate - late) % line->rate];
        line->at = (line->at + 1) % line->rate;
    }
}

static void cleanup(void *instance) {
    free(((Line *)instance)->kept);
    free(instance);
}

/* input 1, output 2, control 4, audio 8; bounded below 1, bounded above 2 */
static const int descriptors[PORTS] = {1 | 4, 1 | 8, 2 | 8};
static const char *const names[PORTS] = {"seconds", "in", "out"};
static const Range ranges[PORTS] = {{1 | 2, 0.0f, 0.9f}, {0, 0, 0}, {0, 0, 0}};
static const Descriptor late = {
    4711, "late", 0, "late", "Parley", "Apache-2.0", PORTS, descriptors, names, ranges, 0,
    instantiate, connect_port, 0, run, 0, 0, 0, cleanup,
};

const void *ladspa_descriptor(unsigned long index) { return index == 0 ? &late : 0; }
