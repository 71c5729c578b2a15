/** Which emulator runs a machine. */
import { expect, test } from 'vitest';
import { programOf, qemuProgram } from './program.ts';

const only =
  (...paths: readonly string[]) =>
  (path: string): boolean =>
    paths.includes(path);

test('each processor has an emulator of its own, and Red Hat one by another name', () => {
  expect(qemuProgram('x64', () => true)).toBe('/usr/bin/qemu-system-x86_64');
  expect(qemuProgram('arm64', () => true)).toBe('/usr/bin/qemu-system-aarch64');
  expect(qemuProgram('x64', only('/usr/libexec/qemu-kvm'))).toBe('/usr/libexec/qemu-kvm');
  expect(qemuProgram('x64', only())).toBe('/usr/bin/qemu-system-x86_64');
});

test.each([
  [['/usr/bin/qemu-system-aarch64', '-m', '1'], '/usr/bin/qemu-system-aarch64'],
  [['/usr/libexec/qemu-kvm'], '/usr/libexec/qemu-kvm'],
  [['/opt/qemu/bin/qemu-system-x86_64'], '/opt/qemu/bin/qemu-system-x86_64'],
  [['qemu-system-aarch64'], '/usr/bin/qemu-system-aarch64'],
  [['qemu-kvm'], '/usr/libexec/qemu-kvm'],
  [['./qemu-system-riscv64'], '/usr/bin/qemu-system-riscv64'],
])('what was taken over as %j runs with that again', (commandLine, program) => {
  const here = only('/usr/bin/qemu-system-aarch64', '/usr/libexec/qemu-kvm');
  expect(programOf({ commandLine }, here)).toBe(program);
});
