import { openInProcess } from '../../testing/view-doors.ts';
import { viewLaws } from '../../testing/view-laws.ts';

viewLaws('in this process', openInProcess);
