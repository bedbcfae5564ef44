import type { AnyStepType, StepTypes } from '../model/step.ts';
import { backupCheck } from './backup-check/backup-check.ts';
import { composeDown } from './compose-down/compose-down.ts';
import { composeUp } from './compose-up/compose-up.ts';
import { containerDialog } from './container-dialog/container-dialog.ts';
import { containerExec } from './container-exec/container-exec.ts';
import { containerRestart } from './container-restart/container-restart.ts';
import { dockerEngine } from './docker-engine/docker-engine.ts';
import { dockerImage } from './docker-image/docker-image.ts';
import { dockerNetwork } from './docker-network/docker-network.ts';
import { fileBlock } from './file-block/file-block.ts';
import { fileEnv } from './file-env/file-env.ts';
import { fileJson } from './file-json/file-json.ts';
import { fileLine } from './file-line/file-line.ts';
import { fileYaml } from './file-yaml/file-yaml.ts';
import { hostCommand } from './host-command/host-command.ts';
import { hostDirectory } from './host-directory/host-directory.ts';
import { hostFile } from './host-file/host-file.ts';
import { hostGroup } from './host-group/host-group.ts';
import { hostHostsEntry } from './host-hosts-entry/host-hosts-entry.ts';
import { hostPackage } from './host-package/host-package.ts';
import { hostScript } from './host-script/host-script.ts';
import { hostService } from './host-service/host-service.ts';
import { hostUser } from './host-user/host-user.ts';
import { logCapture } from './log-capture/log-capture.ts';
import { mailRelay } from './mail-relay/mail-relay.ts';
import { manual } from './manual/manual.ts';
import { netHttp } from './net-http/net-http.ts';
import { netTcp } from './net-tcp/net-tcp.ts';
import { postgresRole } from './postgres-role/postgres-role.ts';
import { webVhost } from './web-vhost/web-vhost.ts';

const all: readonly AnyStepType[] = [
  hostGroup,
  hostUser,
  hostDirectory,
  hostFile,
  fileEnv,
  fileJson,
  fileYaml,
  fileLine,
  fileBlock,
  hostHostsEntry,
  hostPackage,
  hostCommand,
  hostScript,
  hostService,
  netHttp,
  netTcp,
  dockerEngine,
  dockerNetwork,
  dockerImage,
  composeUp,
  backupCheck,
  composeDown,
  containerRestart,
  containerExec,
  containerDialog,
  logCapture,
  postgresRole,
  webVhost,
  mailRelay,
  manual,
];

/** Every step type, by its name; in the order of the reference. A new one is its folder and a line here. */
export const stepTypes: StepTypes = new Map(all.map((type) => [type.name, type]));
