/**
 * Makes swc hand dependency-cruiser only what a file imports.
 *
 * dependency-cruiser walks swc's tree with swc's own visitor, which stops at `using`, does not look into types (so that
 * `type X = import('./x.ts').X` is not seen) and is never told that a `.tsx` file holds JSX. So the tree is cut down to a list of
 * plain imports here, before it is walked.
 */
import swc from '@swc/core';

/** The name of the module that a literal stands for, or undefined where it is only known at run time. */
const literal = (node) => {
  if (node?.type === 'StringLiteral') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].cooked;
  return undefined;
};

/** The module that one node of the tree imports, if it is of the kinds that import at all. */
const importedBy = (node) => {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return literal(node.source);
    case 'TsImportType':
      return literal(node.argument);
    case 'TsExternalModuleReference':
      return literal(node.expression);
    case 'CallExpression':
      return node.callee.type === 'Import' || node.callee.value === 'require'
        ? literal(node.arguments[0]?.expression)
        : undefined;
    default:
      return undefined;
  }
};

const collect = (node, found) => {
  if (Array.isArray(node)) for (const item of node) collect(item, found);
  else if (node !== null && typeof node === 'object') {
    const name = importedBy(node);
    if (name !== undefined) found.add(name);
    for (const key of Object.keys(node)) if (key !== 'span') collect(node[key], found);
  }
};

const asImport = (span) => (name) => ({
  type: 'ImportDeclaration',
  span,
  specifiers: [],
  source: { type: 'StringLiteral', span, value: name, raw: JSON.stringify(name) },
  typeOnly: false,
});

const parseFile = swc.parseFileSync.bind(swc);

/** From here on, swc reads a file as TypeScript (with JSX where its name says so) and returns nothing but its imports. */
export const readOnlyImports = () => {
  swc.parseFileSync = (path, options) => {
    const module = parseFile(path, { ...options, tsx: path.endsWith('x'), target: 'esnext' });
    const found = new Set();
    collect(module.body, found);
    return { ...module, body: [...found].map(asImport(module.span)) };
  };
};
