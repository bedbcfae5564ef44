import { deploymentPlace } from './deployment-place.ts';
import { homePlace } from './home-place.ts';
import { inputsPlace } from './inputs-place.ts';
import { type Desk, HOME, type Place } from './place.ts';
import { beforePlan, planPlace } from './plan-place.ts';
import { recipePlace } from './recipe-place.ts';
import { runPlace } from './run-place.ts';
import { createTalk, type DialogueTerminal } from './talk.ts';
import { tasksPlace } from './tasks-place.ts';

/** What the dialogue needs besides a terminal. */
export type DialoguePorts = Omit<Desk, 'talk'>;

/**
 * The whole program as a linear dialogue, which a screen reader can follow: lines that stay, prompts of one line that say
 * what may be typed, numbered choices; nothing depends on where it stands. Ends when the operator quits, or the input does.
 */
export async function holdDialogue(ports: DialoguePorts, terminal: DialogueTerminal): Promise<void> {
  const desk: Desk = { ...ports, talk: createTalk(terminal) };
  let place: Place = HOME;
  while (place.at !== 'quit') {
    try {
      place = await visit(place, desk);
    } catch (error) {
      desk.talk.trouble(error);
      // Where even the list can't be had there is nothing to talk about.
      if (place.at === 'home') throw error;
      place = afterTrouble(place);
    }
  }
}

function visit(place: Exclude<Place, { at: 'quit' }>, desk: Desk): Promise<Place> {
  switch (place.at) {
    case 'home':
      return homePlace(desk);
    case 'deployment':
      return deploymentPlace(place.name, desk);
    case 'recipe':
      return recipePlace(place.ref, desk);
    case 'tasks':
      return tasksPlace(place.deployment, desk);
    case 'inputs':
      return inputsPlace(place.form, place.begin, desk);
    case 'plan':
      return planPlace(place.form, desk);
    case 'run':
      return place.open().then((link) => runPlace(link, desk, place.known));
  }
}

/** What could not be planned can be entered otherwise; all else begins anew. */
function afterTrouble(place: Place): Place {
  return place.at === 'plan' ? beforePlan(place.form) : HOME;
}
