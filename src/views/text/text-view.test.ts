import { openInChild, openInProcess } from '../../testing/view-doors.ts';
import { viewLaws } from '../../testing/view-laws.ts';

viewLaws('in this process', openInProcess);
viewLaws('at the other end of a pipe', openInChild);
