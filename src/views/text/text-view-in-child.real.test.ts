import { openInChild } from '../../testing/view-doors.ts';
import { viewLaws } from '../../testing/view-laws.ts';

viewLaws('at the other end of a pipe', openInChild);
