/** Runs in which a fence device takes access to shared storage away, and gives it (unfencing). */

export const storageDevice = 'storage';

export interface StorageSetting {
  /** As for reservations on disks, by the node itself; or by any, as for a switch of the SAN. */
  readonly on: 'own-node' | 'any-node';
  /** Nothing else happens to who is fenced: what runs there goes on, without access. Else its power goes, too. */
  readonly isAlone: boolean;
}

/** What needs no access. Where nothing else ends a copy there is no such thing. */
export const withoutStorage = ({ isAlone }: StorageSetting): readonly string[] =>
  isAlone ? [] : ['four'];
