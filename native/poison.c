/*
 * Poison pills on shared disks: made, listed and written by hand, and, under the name fence_pill, by
 * the cluster as a fence agent (FenceAgentAPI.md of fence-agents: `name=value` lines on standard
 * input). What a pill proves: docs/decisions/poison-pill.md.
 */
#define _GNU_SOURCE
#include "poison.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#define USAGE_ERROR 2
#define WAIT_MS_MAX 3600000L
#define LINE_BYTES_MAX 1024

static const char *program = "holdfast-poison";

static void fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
static void fail(int code, const char *format, ...) {
  char text[600];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fprintf(stderr, "%s: %s\n", program, text);
  exit(code);
}

struct disk {
  const char *path;
  int fd;
  struct pill_sector header;
};

static const char *open_pill_disk(struct disk *disk, const char *path, int flags) {
  disk->path = path;
  disk->fd = pill_open(path, flags);
  if (disk->fd < 0) return errno == EINVAL ? "it cannot be read past the cache" : strerror(errno);
  const char *why = pill_read(disk->fd, 0, "header", &disk->header);
  if (why) close(disk->fd);
  return why;
}

/* ---- by hand ---- */

static void usage(void) {
  fail(USAGE_ERROR,
       "usage: holdfast-poison create --disk PATH [--slots 1..%d] [--force]\n"
       "       holdfast-poison list --disk PATH\n"
       "       holdfast-poison message --disk PATH --node NAME --message clear|test|reset|off\n"
       "  create   makes the disk one for poison pills: what is on it is lost\n"
       "  message  reset: the machine that reads it is reset at once",
       PILL_SLOTS_MAX);
}

static void new_uuid(char uuid[40]) {
  int fd = open("/proc/sys/kernel/random/uuid", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, uuid, PILL_UUID_CHARS);
  if (n != PILL_UUID_CHARS) fail(1, "the kernel gives no UUID: %s", strerror(errno));
  uuid[PILL_UUID_CHARS] = 0;
  close(fd);
}

static void create(const char *path, uint32_t slots, int is_forced) {
  struct disk disk;
  const char *why = open_pill_disk(&disk, path, O_RDWR);
  if (!why && !is_forced)
    fail(1, "%s is a disk for poison pills already (%s): --force makes it anew", path,
         disk.header.uuid);
  if (disk.fd < 0) fail(1, "%s: %s", path, why);
  if (why) disk.fd = pill_open(path, O_RDWR);
  struct pill_sector empty = {0}, header = {0};
  new_uuid(header.uuid);
  header.slots = slots;
  strcpy(empty.uuid, header.uuid);
  /* The header last: half of it is no disk for pills. */
  for (uint32_t slot = 0; slot < slots; slot++) {
    struct pill_sector message = empty, owner = empty;
    strcpy(message.message, "clear");
    if ((why = pill_write(disk.fd, pill_owner_at(slot), "owner", &owner)) ||
        (why = pill_write(disk.fd, pill_message_at(slot), "message", &message)))
      fail(1, "%s: %s", path, why);
  }
  if ((why = pill_write(disk.fd, 0, "header", &header))) fail(1, "%s: %s", path, why);
  printf("%s: %u slots, UUID %s\n", path, slots, header.uuid);
}

static void list(const char *path) {
  struct disk disk;
  const char *why = open_pill_disk(&disk, path, O_RDONLY);
  if (why) fail(1, "%s: %s", path, why);
  printf("%s: %u slots, UUID %s\n", path, disk.header.slots, disk.header.uuid);
  for (uint32_t slot = 0; slot < disk.header.slots; slot++) {
    struct pill_sector owner, message;
    if ((why = pill_read(disk.fd, pill_owner_at(slot), "owner", &owner)) ||
        (why = pill_read(disk.fd, pill_message_at(slot), "message", &message))) {
      printf("%u\t?\t%s\n", slot, why);
      continue;
    }
    if (!owner.node[0]) continue;
    int is_meant = strcmp(owner.boot, message.boot) == 0;
    printf("%u\t%s\t%s%s%s\n", slot, owner.node,
           strcmp(message.then, "off") == 0 ? message.then : message.message,
           message.request[0] ? " by request " : "", message.request);
    if (!is_meant && strcmp(message.message, "clear") != 0)
      printf("\t\tfor an earlier boot: it means nothing any more\n");
  }
}

/* For the boot that the slot's owner runs now. */
static const char *send_message(const struct disk *disk, const char *node, const char *boot,
                                const char *word, int stays_off, const char *request,
                                uint32_t *slot) {
  struct pill_sector owner, message = {0};
  uint32_t none;
  const char *why = pill_find(disk->fd, disk->header.slots, node, slot, &none);
  if (why) return why;
  if (*slot == PILL_SLOTS_MAX) return "that node has no slot there: nothing reads it";
  if ((why = pill_read(disk->fd, pill_owner_at(*slot), "owner", &owner))) return why;
  if (boot && strcmp(owner.boot, boot) != 0) return "another boot of that node reads it";
  strcpy(message.uuid, disk->header.uuid);
  strcpy(message.node, node);
  strcpy(message.boot, owner.boot);
  strcpy(message.message, word);
  if (stays_off) strcpy(message.then, "off");
  snprintf(message.request, sizeof message.request, "%s", request);
  if (gethostname(message.from, sizeof message.from - 1) != 0) message.from[0] = 0;
  return pill_write(disk->fd, pill_message_at(*slot), "message", &message);
}

static int by_hand(char **argument) {
  const char *verb = *argument++, *path = NULL, *node = NULL, *word = NULL;
  uint32_t slots = 32;
  int is_forced = 0;
  for (; *argument; argument++) {
    const char *name = *argument;
    if (strcmp(name, "--force") == 0) {
      is_forced = 1;
      continue;
    }
    const char *value = *++argument;
    if (!value) usage();
    if (strcmp(name, "--disk") == 0) path = value;
    else if (strcmp(name, "--node") == 0) node = value;
    else if (strcmp(name, "--message") == 0) word = value;
    else if (strcmp(name, "--slots") == 0) {
      char *end;
      long number = strtol(value, &end, 10);
      if (*end || number < 1 || number > PILL_SLOTS_MAX) usage();
      slots = (uint32_t)number;
    } else usage();
  }
  if (!path) usage();
  if (strcmp(verb, "create") == 0) create(path, slots, is_forced);
  else if (strcmp(verb, "list") == 0) list(path);
  else if (strcmp(verb, "message") == 0) {
    struct disk disk;
    uint32_t slot;
    if (!node || !word ||
        (strcmp(word, "clear") != 0 && strcmp(word, "test") != 0 && strcmp(word, "reset") != 0 &&
         strcmp(word, "off") != 0))
      usage();
    int stays_off = strcmp(word, "off") == 0;
    const char *why = open_pill_disk(&disk, path, O_RDWR);
    if (!why)
      why = send_message(&disk, node, NULL, stays_off ? "reset" : word, stays_off, "by hand", &slot);
    if (why) fail(1, "%s: %s", path, why);
  } else usage();
  return 0;
}

/* ---- as a fence agent ---- */

static struct {
  char action[LINE_BYTES_MAX], node[LINE_BYTES_MAX], disks[LINE_BYTES_MAX], uuids[LINE_BYTES_MAX];
  char boot[LINE_BYTES_MAX], request[LINE_BYTES_MAX], wait_ms[LINE_BYTES_MAX];
} given = {.action = "reboot"};

static void read_input(void) {
  char line[LINE_BYTES_MAX];
  const struct { const char *name; char *place; } names[] = {
      {"action", given.action}, {"port", given.node},       {"plug", given.node},
      {"nodename", given.node}, {"disks", given.disks},     {"pill_uuids", given.uuids},
      {"pill_boot", given.boot}, {"pill_request", given.request}, {"pill_wait_ms", given.wait_ms}};
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *value = strchr(line, '=');
    if (!value) continue;
    *value++ = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
      if (strcmp(line, names[i].name) == 0) strcpy(names[i].place, value);
  }
}

static void print_metadata(void) {
  puts("<?xml version=\"1.0\" ?>\n"
       "<resource-agent name=\"fence_pill\" shortdesc=\"Poison pill on shared disks\">\n"
       "<longdesc>Resets a node, or switches it off, by a message on shared disks that its holdfast-watchdog reads.</longdesc>\n"
       "<parameters>\n"
       "  <parameter name=\"action\" unique=\"0\" required=\"1\"><content type=\"string\" default=\"reboot\"/>"
       "<shortdesc lang=\"en\">Fencing action</shortdesc></parameter>\n"
       "  <parameter name=\"port\" unique=\"0\" required=\"0\"><content type=\"string\"/>"
       "<shortdesc lang=\"en\">The node</shortdesc></parameter>\n"
       "  <parameter name=\"disks\" unique=\"0\" required=\"1\"><content type=\"string\"/>"
       "<shortdesc lang=\"en\">Paths of one to three shared disks, with commas</shortdesc></parameter>\n"
       "</parameters>\n"
       "<actions><action name=\"reboot\"/><action name=\"off\"/><action name=\"status\"/><action name=\"monitor\"/>"
       "<action name=\"metadata\"/></actions>\n"
       "</resource-agent>");
}

/* Those that can be used; tells about the others. */
static int open_disks(struct disk *opened, int *all) {
  int count = 0;
  *all = 0;
  char *rest = given.disks;
  for (char *path = strsep(&rest, ","); path; path = strsep(&rest, ",")) {
    if (!*path) continue;
    if (++*all > PILL_DISKS_MAX) fail(1, "disks: at most %d", PILL_DISKS_MAX);
    const char *why = open_pill_disk(&opened[count], path, O_RDWR);
    if (!why && given.uuids[0] && !strstr(given.uuids, opened[count].header.uuid))
      why = "the node does not read this disk";
    if (why) fprintf(stderr, "%s: %s: %s\n", program, path, why);
    else count++;
  }
  if (*all == 0) fail(1, "disks: none given");
  return count;
}

static int64_t boot_time_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How many disks the cluster has been told of by the node. */
static int count_of_proved(void) {
  int count = 1;
  for (const char *c = given.uuids; *c; c++) count += *c == ',';
  return count;
}

/*
 * The time is counted from the end of the last writing. The slots must be the node's all the time: else
 * somebody else may have read the pill. One that was to stay off and has the slots with its next boot
 * does not: where it could not be switched off its watchdog has reset it.
 */
static int shoot_node(struct disk *opened, int count, int stays_off) {
  char *end;
  uint32_t slots[PILL_DISKS_MAX];
  int written = 0, kept = 0, again = 0, proved = count_of_proved();
  long wait_ms = strtol(given.wait_ms, &end, 10);
  if (!given.uuids[0] || !given.boot[0] || !isdigit((unsigned char)*given.wait_ms) || *end ||
      wait_ms > WAIT_MS_MAX)
    fail(1, "only the cluster knows what the node has proved: it gives pill_uuids, pill_boot, pill_wait_ms");
  for (int i = 0; i < count; i++) {
    const char *why = send_message(&opened[i], given.node, given.boot, "reset", stays_off, given.request, &slots[i]);
    if (why) {
      fprintf(stderr, "%s: %s: %s\n", program, opened[i].path, why);
      slots[i] = PILL_SLOTS_MAX;
    } else written++;
  }
  if (written <= proved / 2)
    fail(1, "the pill is on %d of the %d disks that the node reads: not on most of them", written, proved);
  int64_t until_ms = boot_time_ms() + wait_ms;
  for (int64_t left; (left = until_ms - boot_time_ms()) > 0;) {
    struct timespec pause = {left / 1000, left % 1000 * 1000000};
    nanosleep(&pause, NULL);
  }
  for (int i = 0; i < count; i++) {
    struct pill_sector owner;
    if (slots[i] == PILL_SLOTS_MAX) continue;
    const char *why = pill_read(opened[i].fd, pill_owner_at(slots[i]), "owner", &owner);
    /* The node itself, after it was reset, has the slot with its next boot. */
    kept += !why && strcmp(owner.node, given.node) == 0;
    again += !why && strcmp(owner.node, given.node) == 0 && strcmp(owner.boot, given.boot) != 0;
  }
  if (kept <= proved / 2) fail(1, "the node's slots were taken by others: nobody knows whether it was reset");
  if (stays_off && again > 0) fail(1, "the node was reset and has come up again: it does not stay off");
  return 0;
}

/* Options instead of standard input: of use for the metadata alone. */
static int as_fence_agent(char **argument) {
  struct disk opened[PILL_DISKS_MAX];
  int all;
  if (!*argument) read_input();
  for (; *argument && argument[1]; argument++)
    if (strcmp(*argument, "-o") == 0 || strcmp(*argument, "--action") == 0)
      snprintf(given.action, sizeof given.action, "%s", argument[1]);
  if (strcmp(given.action, "metadata") == 0) return print_metadata(), 0;
  if (strcmp(given.action, "monitor") != 0 && strcmp(given.action, "status") != 0 &&
      strcmp(given.action, "reboot") != 0 && strcmp(given.action, "off") != 0)
    fail(1, "action %s: a pill reboots or switches off", given.action);
  int count = open_disks(opened, &all);
  int stays_off = strcmp(given.action, "off") == 0;
  if (stays_off || strcmp(given.action, "reboot") == 0) {
    size_t length = strlen(given.node);
    if (length == 0 || length > PILL_NAME_MAX) fail(1, "port: give the node");
    return shoot_node(opened, count, stays_off);
  }
  if (count <= all / 2) fail(1, "most of the disks cannot be read");
  uint32_t slot = 0, none;
  for (int i = 0; i < count && given.node[0]; i++)
    if (pill_find(opened[i].fd, opened[i].header.slots, given.node, &slot, &none) ||
        slot == PILL_SLOTS_MAX)
      fail(1, "%s: %s has no slot there: is its holdfast-watchdog started with --disk?",
           opened[i].path, given.node);
  return 0; /* on: a pill knows no other state */
}

int main(int argc, char **argv) {
  const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
  name = name ? name + 1 : argc > 0 ? argv[0] : "";
  if (strcmp(name, "fence_pill") == 0) {
    program = "fence_pill";
    return as_fence_agent(argv + 1);
  }
  if (argc < 2) usage();
  return by_hand(argv + 1);
}
