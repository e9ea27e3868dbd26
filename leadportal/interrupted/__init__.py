"""Interrupted forms: what was typed is restored if a form was sent but could not be accepted.

A form is interrupted if its session has ended (expired, signed out in another tab, a password
changed elsewhere), or if its page is out of date (another tab has signed in again, so the CSRF
token is an older one). What was typed is then stored for an hour, and the page shows it again,
once, to the same user in the same browser. Nothing is ever submitted automatically: the user
presses the button again.

Every `{% csrf_token %}` names the user whom its page was made for (`owner`). What such a user posts
to the portal's own origin (`origin`) is stored (`models`). `middleware` does so and shows the form
again: a view that declares how it draws typed fields (`draws_typed`) draws them; for other pages
they are filled into the HTML (`refill`). A form needs no code for this.
"""
