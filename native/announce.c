/* Tells the neighbours of an interface which hardware address an IPv4 address has now (RFC 5227). */
#define _GNU_SOURCE
#include "addon.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/*
 * One for the process's life, and of no interface: to bind a packet socket, or to close one that was
 * bound, waits for the whole network (synchronize_net), 8 ms in the middle of a recovery.
 */
static int arp_socket(void) {
  static int fd = -1;
  if (fd < 0) fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return fd;
}

/* The interface as a sender: its index and its hardware address; false leaves errno. */
static bool read_interface(int fd, const char *interface, struct sockaddr_ll *own) {
  struct ifreq request = {0};
  memset(own, 0, sizeof *own);
  own->sll_family = AF_PACKET;
  own->sll_protocol = htons(ETH_P_ARP);
  own->sll_halen = ETH_ALEN;
  own->sll_ifindex = (int)if_nametoindex(interface);
  if (own->sll_ifindex == 0) return false;
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
  if (ioctl(fd, SIOCGIFHWADDR, &request) != 0) return false;
  own->sll_hatype = request.ifr_hwaddr.sa_family;
  memcpy(own->sll_addr, request.ifr_hwaddr.sa_data, ETH_ALEN);
  return true;
}

/* Sender and target are this address: an announcement, and for some neighbours a reply as well. */
static bool announce(int fd, const struct sockaddr_ll *own, struct in_addr address, int operation) {
  struct sockaddr_ll everybody = *own;
  struct ether_arp arp = {.arp_hln = ETH_ALEN, .arp_pln = sizeof address};
  memset(everybody.sll_addr, 0xff, ETH_ALEN);
  arp.arp_hrd = htons(ARPHRD_ETHER);
  arp.arp_pro = htons(ETHERTYPE_IP);
  arp.arp_op = htons((uint16_t)operation);
  memcpy(arp.arp_sha, own->sll_addr, ETH_ALEN);
  memcpy(arp.arp_spa, &address, sizeof address);
  memcpy(arp.arp_tpa, &address, sizeof address);
  if (operation == ARPOP_REPLY) memcpy(arp.arp_tha, own->sll_addr, ETH_ALEN);
  return sendto(fd, &arp, sizeof arp, 0, (void *)&everybody, sizeof everybody) == sizeof arp;
}

/* announceAddress(interface, address): false where nobody needs to be told: no Ethernet. */
static napi_value announce_address(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  char interface[IF_NAMESIZE], text[INET_ADDRSTRLEN];
  struct sockaddr_ll own;
  struct in_addr address;
  if (!get_arguments(env, info, 2, argument) ||
      !get_text(env, argument[0], interface, sizeof interface) ||
      !get_text(env, argument[1], text, sizeof text))
    return NULL;
  if (inet_pton(AF_INET, text, &address) != 1) return make_boolean(env, false);
  const int fd = arp_socket();
  if (fd < 0 || !read_interface(fd, interface, &own)) {
    char problem[200];
    snprintf(problem, sizeof problem, "ARP on %s: %s", interface, strerror(errno));
    napi_throw_error(env, NULL, problem);
    return NULL;
  }
  const bool told = own.sll_hatype == ARPHRD_ETHER && announce(fd, &own, address, ARPOP_REQUEST) &&
                    announce(fd, &own, address, ARPOP_REPLY);
  return make_boolean(env, told);
}

void add_announce(napi_env env, napi_value exports) {
  add_function(env, exports, "announceAddress", announce_address);
}
