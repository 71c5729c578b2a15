/* dirty_lab MIB: writes so much memory anew for ever, with another byte each time: a page of zeros costs a
 * migration nothing. */
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **argument) {
  size_t length = count == 2 ? strtoul(argument[1], NULL, 10) << 20 : 0;
  volatile unsigned char *memory = length > 0 ? malloc(length) : NULL;
  if (memory == NULL) {
    fprintf(stderr, "usage: dirty_lab MIB\n");
    return 2;
  }
  for (unsigned char byte = 1;; byte = byte % 255 + 1)
    for (size_t at = 0; at < length; at++) memory[at] = byte;
}
