#!/usr/bin/env node
// Prints the events of a tree as they come, also those of the next dtreed: watch.js SOCKET
'use strict';
const { Client } = require('./dtree.js');

const tree = new Client(process.argv[2], { waitMs: 60000 });

function subscribe(params) {
  tree.call('subscribe', params).then(() => console.log('listening'), (error) => {
    // Where a connection was lost that was there, 'lost' has been told, too.
    if (error.name === 'LOST') return;
    console.error(error.message);
    process.exit(1);
  });
}

tree.on('event', ({ subscription, time, type, id, ...rest }) =>
  console.log(time, type, id ?? '-', JSON.stringify(rest)));
tree.on('lost', (error) => {
  console.log(error.message);
  if (error.name === 'LOST') subscribe({ since: 0 }); // all that the next one has
});
subscribe({});
