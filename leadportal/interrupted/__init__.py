"""Interrupted forms: what was typed comes back where a form was sent and could not be taken.

A form is interrupted where its session has ended (expired, signed out in another tab, a password
changed elsewhere), or where its page is out of date (another tab has signed in again, so the CSRF
token is an older one). What was typed is then kept for an hour, and the page comes back with it,
once, to the same user in the same browser. Nothing is ever submitted: the button is to be pressed
again.

Every `{% csrf_token %}` names the user whom its page was made for (`owner`), and whoever posts it
to the portal's own origin (`origin`) has what was typed kept (`models`). `middleware` does so, and
shows the form again: a view that says how it draws typed fields (`draws_typed`) draws them, any
other page has them filled into its HTML (`refill`). No form has to do anything for this.
"""
