'use strict';
// The commit with Express.
const express = require('express');
const { challenge, check, commit, malformed, methodUnknown, notPublished, refusal } = require('./account');

const app = express();
app.enable('strict routing');
app.enable('case sensitive routing');
app.disable('x-powered-by');
app.disable('etag');

function refuse(res, what) {
  const body = refusal(what);
  if (body.request_id) res.set('X-Request-Id', body.request_id);
  if (what[0] === 401) res.set('WWW-Authenticate', challenge);
  if (what[0] === 405) res.set('Allow', 'POST');
  res.status(what[0]).json(body);
}

app.route('/v5/:project/batch-async-jobs/:batch/commit')
  .post((req, res) => {
    const { project, batch } = req.params;
    const refused = check(project, req.headers);
    if (refused) return refuse(res, refused);
    const [status, body] = commit(project, batch, req.get('X-Language'));
    return res.status(status).json(body);
  })
  .all((req, res) => refuse(res, methodUnknown));
app.use((req, res) => refuse(res, notPublished));
// Express passes on what it cannot decode in a path.
app.use((error, req, res, next) => refuse(res, malformed));

app.listen(Number(process.env.PORT), '127.0.0.1');
